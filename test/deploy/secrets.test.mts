import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { agreementRows } from '../../lib/deploy/preflight/agreements.mts'
import { secretRows } from '../../lib/deploy/preflight/secrets.mts'
import type { Found } from '../../lib/deploy/survey.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import type { Agreement, Desired } from '../../lib/stacks/stack.mts'
import { absent, checked, there, verdicts } from './rows.mts'
import { configMap, deployment, secret, web } from './world.mts'

suite('secretRows()', () => {
  const reader = deployment('web', { reads: { secrets: ['keys'], configMaps: ['config'] } })
  const needing: Desired = {
    ...web(deployment('web')),
    secrets: [{ namespace: 'toy', name: 'keys', keys: ['a', 'b'] }],
  }
  const config = there(configMap('config'))
  const copy = (name: string, create: boolean) =>
    ({
      apiVersion: 'secrets.hashicorp.com/v1beta1',
      kind: 'VaultStaticSecret',
      metadata: { name: 'copy' },
      spec: { destination: { name, create } },
    }) as KubeObject
  const ingress = (annotations: Record<string, string>) =>
    ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'site', annotations },
      spec: { tls: [{ hosts: ['a'], secretName: 'keys' }] },
    }) as KubeObject
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'c' },
    spec: { secretName: 'keys' },
  }
  const pulling = structuredClone(deployment('web'))
  Object.assign(pulling.spec.template.spec, { imagePullSecrets: [{ name: 'keys' }] })

  for (const [what, desired, found, expected] of [
    ['is there', web(reader), { ...there(secret('keys')), ...config }, ['ok', 'ok']],
    [
      'is missing',
      web(reader),
      { ...absent('Secret', 'keys', 'missing'), ...config },
      ['blocking secret-missing', 'ok'],
    ],
    ['was not looked for', web(reader), config, ['blocking secret-missing', 'ok']],
    ['may not be read', web(reader), { ...absent('Secret', 'keys', 'forbidden'), ...config }, ['unknown', 'ok']],
    ['is a ConfigMap, and missing', web(reader), there(secret('keys')), ['ok', 'blocking configmap-missing']],
    ['has every key', needing, there(secret('keys', { a: '1', b: '2' })), ['ok']],
    ['lacks a key', needing, there(secret('keys', { a: '1' })), ['blocking secret-missing']],
    ['is made by this deploy', web(reader, secret('keys'), configMap('config')), {}, ['ok', 'ok']],
    ['is copied from Vault', web(reader, copy('keys', true), configMap('config')), {}, ['ok', 'ok']],
    [
      'is filled from Vault but made by nobody',
      web(reader, copy('keys', false), configMap('config')),
      {},
      ['blocking secret-missing', 'ok'],
    ],
    [
      'is copied from Vault under another name',
      web(reader, copy('other', true), configMap('config')),
      {},
      ['blocking secret-missing', 'ok'],
    ],
    ['comes with a Certificate', web(reader, certificate, configMap('config')), {}, ['ok', 'ok']],
    [
      'comes with an Ingress through cert-manager',
      web(reader, ingress({ 'cert-manager.io/cluster-issuer': 'le' }), configMap('config')),
      {},
      ['ok', 'ok'],
    ],
    [
      'is only named by an Ingress',
      web(reader, ingress({}), configMap('config')),
      {},
      ['blocking secret-missing', 'ok'],
    ],
    ['is for pulling images, and missing', web(pulling), {}, ['blocking secret-missing']],
  ] as [string, Desired, Record<string, Found>, string[]][]) {
    test(`secretRows() knows a Secret that ${what}`, () => {
      assert.deepEqual(verdicts(secretRows(checked(desired, { found }))), expected)
    })
  }

  test('secretRows() names the key that is missing, never a value', () => {
    const [row] = secretRows(checked(needing, { found: there(secret('keys', { a: 'hunter2hunter2' })) }))
    assert.match(row?.says ?? '', /toy\/keys has no key b$/)
    assert.doesNotMatch(JSON.stringify(row), /hunter2/)
  })

  for (const [what, desired, command] of [
    ['any keys', needing, 'create secret generic keys --from-literal=a=… --from-literal=b=…'],
    [
      'a certificate',
      { ...needing, secrets: [{ namespace: 'toy', name: 'keys', keys: ['tls.crt', 'tls.key'] }] },
      'create secret tls keys --cert=tls.crt --key=tls.key',
    ],
    [
      'what pulls images',
      web(pulling),
      'create secret docker-registry keys --docker-server=… --docker-username=… --docker-password=…',
    ],
  ] as const)
    test(`secretRows() tells how a Secret with ${what} is made`, () => {
      assert.equal(secretRows(checked(desired))[0]?.next, `kubectl -n toy ${command}`)
    })

  test('secretRows() does not ask for what pods may do without', () => {
    const optional = structuredClone(deployment('web'))
    Object.assign(optional.spec.template.spec.containers[0] ?? {}, {
      envFrom: [{ secretRef: { name: 'keys', optional: true } }],
    })
    assert.deepEqual(secretRows(checked(web(optional))), [])
  })

  test('secretRows() says that the namespace is missing as well', () => {
    const [row] = secretRows(checked(needing, { newNamespaces: ['toy'] }))
    assert.match(row?.says ?? '', /namespace toy, which does not exist yet/)
  })
})

suite('agreementRows()', () => {
  const between = (left: Agreement['left'], right: Agreement['right']): Desired => ({
    ...web(deployment('web')),
    agreements: [{ code: 'storage-mismatch', namespace: 'toy', about: 'bucket names', left, right, next: 'mend it' }],
  })
  const key = { secret: 'keys', key: 'bucket' }
  const keys = (bucket: string) => there(secret('keys', { bucket }))
  for (const [what, desired, found, expected] of [
    ['say the same', between({ literal: 'b' }, key), keys('b'), 'ok'],
    ['differ', between({ literal: 'b' }, key), keys('c'), 'blocking storage-mismatch'],
    ['differ by a blank', between({ literal: 'b' }, key), keys('b '), 'blocking storage-mismatch'],
    ['say the same in another spelling', between({ literal: 'b', also: ['c'] }, key), keys('c'), 'ok'],
    ['differ in every spelling', between({ literal: 'b', also: ['c'] }, key), keys('d'), 'blocking storage-mismatch'],
    ['are the same Secret', between(key, key), keys('b'), 'ok'],
    ['are not there yet', between({ literal: 'b' }, key), {}, 'unknown'],
    ['are not readable', between({ literal: 'b' }, key), absent('Secret', 'keys', 'forbidden'), 'unknown'],
    ['lack the key', between({ literal: 'b' }, key), there(secret('keys', { other: 'b' })), 'unknown'],
  ] as const) {
    test(`agreementRows() is ${expected} where both ${what}`, () => {
      assert.deepEqual(verdicts(agreementRows(checked(desired, { found }))), [expected])
    })
  }

  test('agreementRows() never shows what a Secret says', () => {
    const rows = agreementRows(checked(between({ literal: 'b' }, key), { found: keys('hunter2hunter2') }))
    assert.doesNotMatch(JSON.stringify(rows), /hunter2/)
  })
})
