import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { assertExit, podsOf, runPrintedCurl } from './reactbin.mts'
import { clusterScript, onStage } from './stage.mts'
import { run, ROOT, ZX } from './world.mts'
import type { Ended } from './world.mts'

const HOME = 'apps'
const NAMESPACES = [HOME, 'ingress', 'observability', 'ops', 'yab-postgres']
const SITES = ['api', 'web', 'admin'] as const
const HOSTS = { api: 'api.yab.localhost', web: 'app.yab.localhost', admin: 'admin.yab.localhost' } as const
const [GOOD, NEWER, BROKEN] = ['sha-4f1c2ab', 'sha-8d03e57', 'sha-b61e9c4'] as const

let folder = ''
const caFile = (): string => join(folder, 'tls.crt')

/** Runs one of the scripts for yab. */
function yab(script: string, environment: string, ...args: readonly string[]): Promise<Ended> {
  const values = ['-f', 'test/cluster/values/yab.yaml', '--set', 'domain=yab.localhost', '--set', 'secrets=existing']
  return run(process.execPath, [ZX, script, '--stack', 'yab', '--env', environment, ...values, ...args])
}

/** In production, with certificates that are there, behind the host cluster's controller. */
function inProduction(script: string, ...args: readonly string[]): Promise<Ended> {
  const own = ['tls.from=existing', `edge.caFile=${caFile()}`, 'ingress.namespace=traefik', 'ops=true']
  const scaled = ['api.autoscaling.enabled=true', 'api.disruptionBudget.enabled=true']
  return yab(script, 'production', ...[...own, ...scaled].flatMap((setting) => ['--set', setting]), ...args)
}

function within(...args: readonly string[]): Promise<string> {
  return onStage().kubectl('-n', HOME, ...args)
}

function field(resource: string, path: string): Promise<string> {
  return within('get', ...resource.split(' '), '-o', `jsonpath=${path}`)
}

/** One answer of a site over HTTPS. */
async function page(site: (typeof SITES)[number], path: string): Promise<string> {
  const { https } = onStage().host.ingress
  const host = HOSTS[site]
  const way = ['--noproxy', '*', '--resolve', `${host}:${https}:127.0.0.1`, '--cacert', caFile()]
  const answer = await run('curl', ['-sSf', ...way, `https://${host}:${https}${path}`])
  assertExit(answer, 0)
  return answer.stdout
}

async function removeAll(): Promise<void> {
  const { kubectl } = onStage()
  await kubectl('delete', 'namespace', ...NAMESPACES, '--ignore-not-found', '--wait=false')
  for (const namespace of [HOME, 'yab-postgres'])
    await kubectl('-n', namespace, 'delete', 'pods', '--all', '--grace-period=1', '--wait=false')
  await kubectl('wait', '--for=delete', ...NAMESPACES.map((name) => `namespace/${name}`), '--timeout=120s')
}

/** One certificate for the three hosts, that signs itself. */
async function issueCertificates(): Promise<void> {
  const [key, hosts] = [join(folder, 'tls.key'), Object.values(HOSTS)]
  const names = hosts.map((host) => `DNS:${host}`).join(',')
  const out = ['-keyout', key, '-out', caFile(), '-days', '30']
  const subject = ['-subj', `/CN=${HOSTS.api}`, '-addext', `subjectAltName=${names}`]
  assertExit(await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...out, ...subject]), 0)
  for (const site of SITES)
    await within('create', 'secret', 'tls', `yab-${site}-tls`, `--cert=${caFile()}`, `--key=${key}`)
}

describe('yab, from a laptop to production', { concurrency: 1 }, () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'landfall-yab-'))
    await removeAll()
    assertExit(await clusterScript('up', '--provider', 'host', '--demo=yab'), 0)
    await onStage().kubectl('label', 'namespace', HOME, 'pod-security.kubernetes.io/enforce=restricted')
    await issueCertificates()
  })
  after(async () => {
    await removeAll()
    await rm(folder, { recursive: true })
  })

  test("every environment's manifests are what the server and yamllint accept", async () => {
    const { kubectl } = onStage()
    for (const environment of ['local', 'staging', 'production']) {
      const directory = join(ROOT, 'manifests/yab', environment)
      await kubectl('apply', '-R', '--server-side', '--dry-run=server', '-f', directory)
      const linted = await run('yamllint', ['--strict', directory])
      assert.equal(linted.code, 0, linted.stdout)
    }
  })

  test('YB-02 YB-08 a first deploy of local is proven within 120 s over plain HTTP, and makes its namespaces', async () => {
    const { kubectl } = onStage()
    const deployed = await yab('deploy.mts', 'local', '--tag', GOOD)
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /release 1 proven in [\d.]+ s of 120 s/)
    assert.match(deployed.stderr, /migrations +completed/)
    const health = await runPrintedCurl(deployed, '/health/')
    assert.deepEqual(
      Object.entries(JSON.parse(health.stdout) as object).filter(([key]) => ['build', 'revision'].includes(key)),
      [
        ['build', GOOD],
        ['revision', '2f90c4d1ab37'],
      ],
    )
    await kubectl('get', 'namespace', HOME, 'ingress', 'observability')
    assert.match(await field('ingress yab-web', '{.spec.rules[0].host}'), /^app\.yab\.localhost$/)
  })

  test('the same deploy again writes nothing', async () => {
    const again = await yab('deploy.mts', 'local', '--tag', GOOD)
    assertExit(again, 0)
    assert.match(again.stderr, / 0 writes/)
  })

  test('YB-09 an ingress class, an issuer and an operator that are not there are named, and nothing is written', async () => {
    const before = await field('lease landfall-yab', '{.metadata.resourceVersion}')
    const asked = [
      [/Cannot use ingress class nope: there are nginx/, 'ingress.className=nope'],
      [/ClusterIssuer nope does not exist/, 'tls.from=issuer', 'tls.issuer=nope', 'issuers.from=existing'],
      [/crd-missing.*ServiceMonitor[^]*install the Prometheus operator/, 'observability.enabled=true'],
    ] as const
    for (const [says, ...settings] of asked) {
      const refused = await yab('deploy.mts', 'local', '--tag', GOOD, ...settings.flatMap((one) => ['--set', one]))
      assertExit(refused, 3)
      assert.match(refused.stderr, says)
    }
    assert.equal(await field('lease landfall-yab', '{.metadata.resourceVersion}'), before)
  })

  test('YB-05 YB-11 YB-17 an upgrade to production serves over HTTPS, each app as itself and without a token', async () => {
    const deployed = await inProduction('deploy.mts', '--tag', NEWER)
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /release 2 proven/)
    assert.match(await page('api', '/health/'), /"build":"sha-8d03e57".*"revision":"84ed1736fc02"/)
    for (const site of ['web', 'admin'] as const)
      assert.match(await page(site, '/config.js'), /"apiUrl": "https:\/\/api\.yab\.localhost"/)
    const look = 'id -u; ls /var/run/secrets/kubernetes.io/serviceaccount 2>/dev/null; echo "$GUNICORN_WORKERS"'
    assert.equal(await within('exec', 'deployment/yab-api', '--', 'sh', '-c', look), '1000\n2')
    assert.equal(await field('pods -l app=yab-api', '{.items[0].spec.serviceAccountName}'), 'yab-api')
  })

  test('YB-12 YB-13 YB-14 policies, quota, autoscaler and budget are there; the autoscaler owns the count', async () => {
    const { kubectl } = onStage()
    const policies = await field('networkpolicies', '{.items[*].metadata.name}')
    assert.match(policies, /default-deny .*yab-api/)
    assert.equal(await field('resourcequota yab', '{.status.hard.pods}'), '40')
    assert.equal(await field('limitrange yab', '{.spec.limits[0].default.cpu}'), '250m')
    assert.equal(await field('hpa yab-api', '{.spec.minReplicas}-{.spec.maxReplicas}'), '2-6')
    assert.equal(await field('pdb yab-api', '{.spec.minAvailable}'), '1')
    // As an autoscaler would: the next deploy leaves the count alone.
    await within('scale', 'deployment/yab-api', '--replicas=3')
    const again = await inProduction('deploy.mts', '--tag', NEWER)
    assertExit(again, 0)
    assert.match(again.stderr, / 0 writes/)
    assert.equal(await field('deployment yab-api', '{.spec.replicas}'), '3')
    await kubectl('get', 'namespace', 'ops')
  })

  test('YB-06 one component changes alone by its own tag; a tag that may move is refused', async () => {
    const before = await podsOf(onStage().kubectl, 'app=yab-web', HOME)
    const deployed = await inProduction('deploy.mts', '--tag', NEWER, '--tag', `admin=${GOOD}`)
    assertExit(deployed, 0)
    assert.deepEqual(await podsOf(onStage().kubectl, 'app=yab-web', HOME), before)
    // Its pages tell no version to a proof, so none may come from the pod before: the ingress controller hears late of its end.
    const pages = await Promise.all(Array.from({ length: 10 }, () => page('admin', '/')))
    for (const text of pages) assert.match(text, new RegExp(GOOD))
    const refused = await inProduction('deploy.mts', '--tag', 'edge')
    assertExit(refused, 2)
    assert.match(refused.stderr, /bad-tag/)
  })

  test('a migration with a SQL error ends the deploy as migration-failed, and the old pods keep serving', async () => {
    const failed = await inProduction('deploy.mts', '--tag', BROKEN)
    assertExit(failed, 1)
    assert.match(failed.stderr, /migrations +migration-failed/)
    assert.match(failed.stderr, /column "country" does not exist/)
    assert.match(await page('api', '/health/'), /"build":"sha-8d03e57"/)
  })

  test('a rollback brings back the release that served, verify proves it, teardown leaves nothing', async () => {
    const back = await inProduction('rollback.mts')
    assertExit(back, 0)
    assert.match(back.stderr, /back to release 3/)
    const verified = await inProduction('verify.mts')
    assertExit(verified, 0)
    assert.match(verified.stderr, / 0 writes/)
    assertExit(await inProduction('teardown.mts', '--yes'), 0)
    const left = await within('get', 'deployments,services,jobs,ingresses,networkpolicies,hpa,pdb', '-o', 'name')
    assert.equal(left, '')
  })
})
