import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import type { Secret } from '../../lib/kube/schema/types.mts'
import { find, namesOf } from './rendered.mts'
import { wrightnowWith } from './wrightnow.mts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MAKER = join(ROOT, 'examples/wrightnow/secrets.mts')

/** Of these paths, those that git leaves out. */
function ignored(paths: readonly string[]): string[] {
  const { stdout, status } = spawnSync('git', ['check-ignore', '--no-index', ...paths], { cwd: ROOT, encoding: 'utf8' })
  assert.ok(status === 0 || status === 1, 'git check-ignore ran')
  return stdout.split('\n').filter((line) => line !== '')
}

function secretsIn(text: string): Secret[] {
  const documents = parseAllDocuments(text).map((one): unknown => one.toJS())
  return (documents as Secret[]).filter(({ kind }) => kind === 'Secret')
}

suite('wrightnow secrets', () => {
  const needs = wrightnowWith().secrets

  test('WN-05 git ignores real secrets and kubeconfigs, wherever they lie', () => {
    const real = ['secrets.yaml', 'postgres-secrets.yaml', 'admin.kubeconfig', '.kube/config', '.env']
    const paths = [...real, ...real.map((path) => `deep/er/${path}`)]
    assert.deepEqual(ignored(paths), paths)
  })

  test('WN-05 git keeps examples and everything in manifests/', () => {
    const manifests = execFileSync('find', ['manifests', '-type', 'f'], { cwd: ROOT, encoding: 'utf8' }).trim()
    const named = ['manifests/wrightnow/local/01-secrets-secret-postgres-secrets.yaml', 'manifests/x/secrets.yaml']
    const examples = [
      'secrets.example.yaml',
      'examples/wrightnow/secrets.example.yaml',
      'postgres-secrets.example.yaml',
    ]
    assert.deepEqual(ignored([...manifests.split('\n'), ...named, ...examples]), [])
  })

  test('WN-05 the example holds every key that the stack needs, and no value that is secret', () => {
    const [postgres, authentik] = secretsIn(readFileSync(join(ROOT, 'examples/wrightnow/secrets.example.yaml'), 'utf8'))
    for (const [at, secret] of [postgres, authentik].entries()) {
      assert.equal(secret?.metadata.name, needs[at]?.name)
      assert.deepEqual(Object.keys(secret?.stringData ?? {}).sort(), [...(needs[at]?.keys ?? [])].sort())
      for (const [key, value] of Object.entries(secret?.stringData ?? {}))
        assert.equal(value === 'replace-me', /PASSWORD|SECRET_KEY/.test(key), key)
    }
  })

  test('WN-05 one command makes strong ones, for its owner alone, and never over others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-secrets-'))
    try {
      const make = () => spawnSync(process.execPath, [MAKER, 'production-infra'], { cwd: folder, encoding: 'utf8' })
      assert.equal(make().status, 0)
      const file = join(folder, 'secrets.yaml')
      assert.equal(statSync(file).mode & 0o777, 0o600)
      const text = readFileSync(file, 'utf8')
      const made = secretsIn(text)
      const strong = made
        .flatMap(({ stringData }) => Object.values(stringData ?? {}))
        .filter((value) => value.length >= 48)
      assert.equal(new Set(strong).size, 3)
      assert.deepEqual(new Set(made.map(({ metadata }) => metadata.namespace)), new Set(['production-infra']))
      assert.doesNotMatch(text, /replace-me/)
      const again = make()
      assert.equal(again.status, 1)
      assert.match(again.stderr, /Cannot write secrets\.yaml/)
      assert.equal(readFileSync(file, 'utf8'), text)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('WN-05 Secrets come from where the operator says: there already, their environment, or Vault', () => {
    const made = (secrets: 'existing' | 'environment' | 'vault') =>
      namesOf(wrightnowWith({ own: { secrets } })).filter((name) => /secret/i.test(name) || name.startsWith('Vault'))
    assert.deepEqual(made('existing'), [])
    assert.deepEqual(made('environment'), ['Secret/postgres-secrets', 'Secret/authentik-secrets'])
    assert.deepEqual(made('vault'), [
      'VaultAuth/wrightnow-auth',
      'VaultStaticSecret/postgres-secret',
      'VaultStaticSecret/authentik-secret',
    ])
    const empty = find(wrightnowWith({ own: { secrets: 'environment' } }), 'Secret/postgres-secrets')
    assert.deepEqual([empty.data, empty.stringData], [undefined, undefined])
  })
})
