import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { find, namesOf, reactbinWith } from './rendered.mts'

const desired = reactbinWith({ own: { domain: 'bin.acme.dev' } })

suite('reactbin secrets', () => {
  test('RB-08 VaultAuth reactbin-auth logs in as ServiceAccount default in role reactbin', () => {
    assert.deepEqual(find(desired, 'VaultAuth/reactbin-auth').spec, {
      method: 'kubernetes',
      mount: 'kubernetes',
      kubernetes: { role: 'reactbin', serviceAccount: 'default', audiences: ['https://kubernetes.default.svc'] },
    })
  })

  test('RB-09 RB-10 the two VaultStaticSecrets copy their paths into api-env and minio-credentials', () => {
    const copy = (path: string, name: string) => ({
      vaultAuthRef: 'reactbin-auth',
      mount: 'secret',
      type: 'kv-v2',
      path,
      refreshAfter: '1h',
      destination: { name, create: true },
    })
    assert.deepEqual(find(desired, 'VaultStaticSecret/api-secret').spec, copy('reactbin/api/config', 'api-env'))
    assert.deepEqual(
      find(desired, 'VaultStaticSecret/minio-secret').spec,
      copy('reactbin/minio/credentials', 'minio-credentials'),
    )
    const faster = reactbinWith({ own: { vault: { refreshAfter: '30s' } } })
    assert.equal(find(faster, 'VaultStaticSecret/api-secret').spec.refreshAfter, '30s')
  })

  test('RB-09 RB-10 every key that the Secrets must have is named', () => {
    assert.deepEqual(Object.fromEntries(desired.secrets.map(({ name, keys }) => [name, keys.length])), {
      'api-env': 9,
      'minio-credentials': 2,
    })
    assert.ok(desired.secrets[0]?.keys.includes('DATABASE_URL'))
  })

  test('RB-12 with existing secrets no object of Vault is left, and no pod waits for one', () => {
    const existing = reactbinWith({ own: { secrets: 'existing' } })
    assert.deepEqual(
      namesOf(existing).filter((name) => name.startsWith('Vault')),
      [],
    )
    assert.deepEqual(existing.components.find(({ name }) => name === 'api')?.needs, ['namespace'])
    assert.deepEqual(existing.secrets, desired.secrets)
  })

  test('RB-12 with external object storage only API, UI and Ingress are left, and no word of MinIO', () => {
    const external = reactbinWith({ own: { objectStorage: 'external' } })
    assert.deepEqual(
      external.components.map(({ name }) => name),
      ['namespace', 'secrets', 'api', 'ui', 'edge'],
    )
    assert.doesNotMatch(JSON.stringify(external), /minio/i)
    assert.deepEqual(external.agreements, [])
  })

  test('RB-11 API and MinIO start behind their secrets, the Ingress and the UI wait for nothing', () => {
    const needs = Object.fromEntries(desired.components.map(({ name, needs }) => [name, needs]))
    assert.deepEqual(needs, {
      namespace: [],
      secrets: ['namespace'],
      minio: ['namespace', 'secrets'],
      bucket: ['namespace', 'minio'],
      api: ['namespace', 'secrets'],
      ui: ['namespace'],
      edge: ['namespace'],
    })
  })
})
