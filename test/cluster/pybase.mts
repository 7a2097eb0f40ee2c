import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { after, before, describe, test } from 'node:test'
import { backupStories } from './backup.mts'
import { assertExit, podsOf } from './reactbin.mts'
import { onStage } from './stage.mts'
import { run, ZX } from './world.mts'
import type { Ended } from './world.mts'

const HOME = 'pybase'
const HOST = 'pybase.localhost'
const BESIDE = 'pybase-examples'
// Thirteen pods on a machine of two processors, and whatever else the tests run there.
const PATIENT = ['--within', '240']
let folder = ''
const caFile = (): string => join(folder, 'tls.crt')

/** What an operator of this cluster says in every run. */
function settings(): string[] {
  const edge = ['--set', `edge.caFile=${caFile()}`]
  return ['--stack', 'pybase', '-f', 'test/cluster/values/pybase.yaml', ...edge]
}

function pybase(script: string, ...args: readonly string[]): Promise<Ended> {
  return run(process.execPath, [ZX, script, ...settings(), ...args])
}

function within(...args: readonly string[]): Promise<string> {
  return onStage().kubectl('-n', HOME, ...args)
}

async function ask(path: string, ...more: readonly string[]): Promise<string> {
  const { https } = onStage().host.ingress
  const reach = ['--noproxy', '*', '--resolve', `${HOST}:${https}:127.0.0.1`, '--cacert', caFile()]
  const answer = await run('curl', ['-sS', '--max-time', '30', ...reach, ...more, `https://${HOST}:${https}${path}`])
  assertExit(answer, 0)
  return answer.stdout
}

async function handIn(words: string, seconds = 0): Promise<string> {
  const answer = await ask(`/api/v1/documents?seconds=${seconds}`, '-X', 'POST', '--data-binary', words)
  return (JSON.parse(answer) as { id: string }).id
}

const show = (id: string): Promise<string> => ask(`/api/v1/documents/${id}`)

async function find(words: string): Promise<string[]> {
  return (JSON.parse(await ask(`/api/v1/search?q=${words}`)) as { ids: string[] }).ids
}

/** Until the document is in this state; the test's own limit ends it otherwise. */
async function reaches(id: string, state: string): Promise<void> {
  while (!(await show(id)).includes(`"state":"${state}"`)) await wait(500)
}

async function keep(words: string): Promise<string> {
  const id = await handIn(words)
  await reaches(id, 'indexed')
  return id
}

async function removeAll(): Promise<void> {
  const { kubectl } = onStage()
  await kubectl('delete', 'namespace', HOME, BESIDE, '--ignore-not-found', '--wait=false')
  await kubectl('-n', HOME, 'delete', 'pods', '--all', '--grace-period=1', '--wait=false')
  await kubectl('wait', '--for=delete', `namespace/${HOME}`, `namespace/${BESIDE}`, '--timeout=180s')
}

/** The namespace as an operator prepares it: the Secret and a certificate; only what Pod Security `restricted` allows. */
async function prepare(): Promise<void> {
  const { kubectl } = onStage()
  const key = join(folder, 'tls.key')
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`]
  const out = ['-keyout', key, '-out', caFile(), '-days', '30']
  assertExit(await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...out, ...subject]), 0)
  await kubectl('create', 'namespace', HOME)
  await kubectl('label', 'namespace', HOME, 'pod-security.kubernetes.io/enforce=restricted')
  await within('create', 'secret', 'tls', 'pybase-tls', `--cert=${caFile()}`, `--key=${key}`)
  const values = {
    SECRET_KEY: 'not-a-real-session-key',
    // Characters that a URL would have to escape.
    POSTGRES_PASSWORD: 'not-a-real/pass@word:%41#',
    MINIO_ROOT_USER: 'pybase',
    MINIO_ROOT_PASSWORD: 'not-a-real-store-key',
    MEILI_MASTER_KEY: 'not-a-real-search-key',
  }
  const literals = Object.entries(values).map(([name, value]) => `--from-literal=${name}=${value}`)
  await within('create', 'secret', 'generic', 'pybase-secrets', ...literals)
}

describe('pybase', { concurrency: 1 }, () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'landfall-pybase-'))
    await removeAll()
    await prepare()
  })
  after(async () => {
    await removeAll()
    await rm(folder, { recursive: true })
  })

  test('PB-01 PB-02 PB-03 PB-04 a first deploy is proven: two pods of each app, four services, no privileges', async () => {
    const deployed = await pybase('deploy.mts', '--tag', '1.4.0', ...PATIENT)
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /release 1 proven/)
    assert.match(deployed.stderr, /migrating|alembic-migrate done/)
    for (const app of ['api', 'extraction-worker', 'search-worker', 'frontend'])
      assert.equal((await podsOf(onStage().kubectl, `app=${app}`, HOME)).size, 2, app)
  })

  test('PB-02 PB-04 a document goes through database, queue, store, both workers and search', async () => {
    const id = await keep('the lighthouse keeper')
    assert.deepEqual(await find('lighthouse'), [id])
  })

  test('PB-06 PB-08 the claims are bound, the budgets let a drain have PostgreSQL, and the accounts exist', async () => {
    const claims = await within(
      'get',
      'pvc',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name} {.status.phase}{"\\n"}{end}',
    )
    assert.deepEqual(claims.trim().split('\n').toSorted(), [
      'meilisearch-data Bound',
      'minio-data-minio-0 Bound',
      'postgres-data-postgres-0 Bound',
      'redis-data Bound',
    ])
    const allowed = async (name: string) =>
      within('get', 'pdb', name, '-o', 'jsonpath={.status.disruptionsAllowed}/{.status.expectedPods}')
    assert.deepEqual(await Promise.all(['postgres', 'api'].map(allowed)), ['1/1', '1/2'])
    const may = (verb: string, what: string) =>
      run(onStage().host.kubectl, [
        '-n',
        HOME,
        'auth',
        'can-i',
        verb,
        what,
        `--as=system:serviceaccount:${HOME}:pybase-api`,
      ])
    assert.equal((await may('get', 'configmaps/pybase-config')).stdout.trim(), 'yes')
    assert.equal((await may('get', 'secrets/pybase-secrets')).stdout.trim(), 'no')
  })

  test('PB-05 the autoscalers know their Deployments and keep two pods of each', async () => {
    const listed = await within(
      'get',
      'hpa',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name} {.spec.minReplicas}-{.spec.maxReplicas} {.status.desiredReplicas}{"\\n"}{end}',
    )
    assert.match(listed, /^api 2-10 /m)
    assert.match(listed, /^extraction-worker 2-8 /m)
  })

  test('the same deploy again writes nothing, and verify proves the same', async () => {
    const again = await pybase('deploy.mts', '--tag', '1.4.0')
    assertExit(again, 0)
    assert.match(again.stderr, / 0 writes/)
    assertExit(await pybase('verify.mts'), 0)
  })

  let slow = ''

  test('PB-02 an upgrade is proven while an old worker still extracts: its pod is reported, not waited for', async () => {
    slow = await handIn('a very long document', 150)
    const busy = await podsOf(onStage().kubectl, 'app=extraction-worker', HOME)
    const deployed = await pybase('deploy.mts', '--tag', '1.5.0', ...PATIENT)
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /extraction-worker 2\/2, \d old pods? draining/)
    assert.match(await show(slow), /"state":"stored"/)
    const leaving = await within('get', 'pods', '-l', 'app=extraction-worker', '-o', 'json')
    const draining = (JSON.parse(leaving) as { items: { metadata: Record<string, string> }[] }).items.filter(
      ({ metadata }) => metadata['deletionTimestamp'] !== undefined,
    )
    assert.equal(draining.length, 1)
    assert.ok(busy.has(draining[0]?.metadata['name'] ?? ''))
  })

  test('a migration that fails ends the deploy at its first exit, and the API goes on', async () => {
    const failed = await pybase('deploy.mts', '--tag', '1.6.0')
    assertExit(failed, 1)
    assert.match(failed.stderr, /migration-failed.*relation "authors" does not exist/)
    assert.match(await ask('/api/v1/health'), /"status":"ok","build":"1.5.0"/)
  })

  test('workers that look for Redis where it is not are named; one rollback undoes both failures', async () => {
    const failed = await pybase('deploy.mts', '--tag', '1.7.0', '--within', '45')
    assertExit(failed, 4)
    assert.match(failed.stderr, /waiting for .*(search|extraction)-worker/)
    assertExit(await pybase('rollback.mts', ...PATIENT), 0)
    const images = await within('get', 'pods', '-o', 'jsonpath={.items[*].spec.containers[*].image}')
    assert.match(images, /pybase-api:1\.5\.0/)
    assert.doesNotMatch(await ask('/api/v1/health'), /1\.[67]\.0/)
  })

  test('PB-02 the document that the old worker had was not lost', async () => {
    await reaches(slow, 'indexed')
  })

  backupStories({
    deploy: () => [process.execPath, ZX, 'deploy.mts', ...settings(), '--tag', '1.5.0', ...PATIENT].join(' '),
    keep,
    find,
    show,
  })

  test('PB-09 PB-13 the server takes the committed manifests of both environments and every example', async () => {
    const { kubectl } = onStage()
    const dry = ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-R', '-f']
    for (const name of ['development', 'production']) await kubectl(...dry, `manifests/pybase/${name}`)
    // Beside what runs: its volumes have other sizes, which no apply may change.
    await kubectl('create', 'namespace', BESIDE)
    for (const name of ['development', 'production', 'external', 'ha']) {
      const directory = join(folder, name)
      const values = ['-f', `examples/values/pybase-${name}.yaml`, '--tag', '1.5.0', '-n', BESIDE, '-o', directory]
      assertExit(await run(process.execPath, [ZX, 'render.mts', '--stack', 'pybase', ...values]), 0)
      await kubectl(...dry, directory)
    }
  })

  test('PB-11 a teardown keeps the volumes, and with everything named leaves no namespace', async () => {
    const torn = await pybase('teardown.mts', '--yes')
    assertExit(torn, 0)
    assert.match(await within('get', 'pvc', '-o', 'name'), /postgres-data-postgres-0/)
    assertExit(await pybase('teardown.mts', '--yes', '--with', 'volumes,secrets,namespaces'), 0)
    assert.equal(await onStage().kubectl('get', 'namespace', HOME, '--ignore-not-found', '-o', 'name'), '')
  })
})
