import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { assertExit, podsOf, runPrintedCurl } from './reactbin.mts'
import { onStage } from './stage.mts'
import { landfall, ROOT, run, ZX } from './world.mts'
import type { Ended } from './world.mts'

/** The demo's page: unprivileged nginx, as the example expects it. */
const IMAGE = ['--set', 'images.web.repository=reactbin-ui', '--tag', 'abc'] as const

const DEPLOY = `
import { component, deploy, fallsBack, hostname, redirectsToHttps, serves, site, stack, staticWeb } from 'landfall'
import { z } from 'zod'

const shop = stack({
  name: 'own-shop',
  images: { web: 'reactbin-ui' },
  settings: z.strictObject({ domain: hostname() }),
  rehearsal: { domain: 'shop.localhost' },
  components: ({ settings: { domain }, image }) => [
    component('web', staticWeb({ name: 'web', image: image('web') })),
    component('edge', site({
      name: 'shop',
      host: domain,
      className: 'nginx',
      tls: { secretName: 'shop-tls' },
      routes: [{ path: '/', service: 'web', port: 8080 }],
    })),
  ],
  proofs: ({ settings: { domain }, image }) => [
    serves('page', domain, '/', { app: 'web', image: image('web') }),
    fallsBack(domain),
    redirectsToHttps(domain),
  ],
  secrets: ({ namespace }) => [{ namespace, name: 'shop-tls', keys: ['tls.crt', 'tls.key'] }],
})

await deploy(shop)
`

let own = ''
const caFile = (): string => join(own, 'tls.crt')

/** A namespace that admits only what is restricted, with a certificate for the host that signs itself. */
async function namespaceWithCertificate(namespace: string, host: string, secret: string): Promise<void> {
  const { kubectl } = onStage()
  const [key, certificate] = [join(own, 'tls.key'), caFile()]
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
  const out = ['-keyout', key, '-out', certificate, '-days', '30']
  const made = await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...out, ...subject])
  assertExit(made, 0)
  await kubectl('create', 'namespace', namespace)
  await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted')
  await kubectl('-n', namespace, 'create', 'secret', 'tls', secret, `--cert=${certificate}`, `--key=${key}`)
}

/** One of the scripts with manifests on its standard input. */
function piped(script: string, args: readonly string[], input: string): Promise<Ended> {
  return run(process.execPath, [ZX, script, ...args], { input })
}

describe('an app of your own, three ways in', { concurrency: 1 }, () => {
  const namespaces = ['hello', 'own-shop', 'gb', 'lacking']

  before(async () => {
    own = await mkdtemp(join(tmpdir(), 'landfall-own-'))
  })

  after(async () => {
    const { kubectl } = onStage()
    await kubectl('delete', 'namespace', ...namespaces, '--ignore-not-found', '--wait=false')
    await rm(own, { recursive: true, force: true })
  })

  test('examples/hello.mts is deployed by its path and proven; again it writes nothing', async () => {
    await namespaceWithCertificate('hello', 'hello.localhost', 'hello-tls')
    const at = ['--set', 'domain=hello.localhost', '--set', `edge.caFile=${caFile()}`]
    const args = ['--stack', './examples/hello.mts', ...IMAGE, ...at]
    const deployed = await landfall('deploy.mts', args)
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /by 2 pods running reactbin-ui:abc/)
    const page = await runPrintedCurl(deployed, 'https://hello.localhost')
    assert.match(page.stdout, /<title>/)
    const again = await landfall('deploy.mts', args)
    assertExit(again, 0)
    assert.match(again.stderr, / 0 writes/)
  })

  test('LF-07 npm i -D of the packed library into an empty directory: one deploy.mts rehearses and deploys', async () => {
    const directory = await mkdtemp(join(own, 'shop-'))
    assertExit(await run('npm', ['pack', '--silent', '--pack-destination', own]), 0)
    const inside = (command: string, ...args: string[]): Promise<Ended> =>
      run('bash', ['-c', 'cd "$1" && shift && exec "$@"', 'in', directory, command, ...args])
    assertExit(await inside('npm', 'i', '-D', join(own, 'landfall-0.1.0.tgz')), 0)
    await writeFile(join(directory, 'deploy.mts'), DEPLOY)
    const rehearsed = await inside('npx', 'zx', 'deploy.mts', '--tag', 'abc', '--rehearse')
    assertExit(rehearsed, 0)
    assert.match(rehearsed.stderr, /own-shop → rehearsal/)

    await namespaceWithCertificate('own-shop', 'shop.localhost', 'shop-tls')
    const at = ['--set', 'domain=shop.localhost', '--set', `edge.caFile=${caFile()}`]
    const deployed = await inside('npx', 'zx', 'deploy.mts', '--tag', 'abc', ...at)
    assertExit(deployed, 0)
    assert.match(deployed.stderr, /release 1 proven/)
  })

  test('a rendered chart from a pipe is deployed, upgraded, verified and rolled back', async () => {
    const { kubectl } = onStage()
    const rendered = await readFile(join(ROOT, 'test/fixtures/rendered/guestbook.yaml'), 'utf8')
    const chart = rendered.replaceAll('registry.example/acme/guestbook:2.4.1', 'reactbin-ui:abc')
    const first = await piped('deploy.mts', ['--stack', '-'], chart)
    assertExit(first, 0)
    assert.match(first.stderr, /gb-guestbook-migrate +completed/)
    assert.match(first.stderr, /by 2 pods running reactbin-ui:abc/)
    const again = await piped('deploy.mts', ['--stack', '-'], chart)
    assertExit(again, 0)
    assert.match(again.stderr, / 0 writes/)

    const upgraded = await piped('deploy.mts', ['--stack', '-'], chart.replaceAll(':abc', ':abd'))
    assertExit(upgraded, 0)
    assert.match(upgraded.stderr, /release 2 proven/)
    assertExit(await landfall('verify.mts', ['--stack', 'gb=-']), 0)

    const failed = await piped('deploy.mts', ['--stack', '-'], chart.replaceAll(':abc', ':nope'))
    assertExit(failed, 1)
    assert.match(failed.stderr, /image-missing/)
    const back = await landfall('rollback.mts', ['--stack', 'gb=-'])
    assertExit(back, 0)
    assert.match(back.stderr, /back to release 2/)
    assert.equal((await podsOf(kubectl, 'app.kubernetes.io/instance=gb', 'gb')).size >= 2, true)

    const record = await kubectl('-n', 'gb', 'get', 'configmaps', '-l', 'landfall.dev/record=gb', '-o', 'json')
    const words = [first, again, upgraded, failed, back].map(({ stdout, stderr }) => stdout + stderr).join('')
    assert.doesNotMatch(words + record, /not-a-real-session-key|bm90LWEtcmVhbC1zZXNzaW9uLWtleQ/)
  })

  test('a directory that lacks one ConfigMap is refused before the first write', async () => {
    const { kubectl } = onStage()
    const directory = await mkdtemp(join(own, 'k8s-'))
    const rendered = await readFile(join(ROOT, 'test/fixtures/rendered/guestbook.yaml'), 'utf8')
    const documents = rendered.split('---\n').filter((document) => !document.includes('kind: ConfigMap'))
    for (const [place, text] of documents.entries()) await writeFile(join(directory, `${place}.yaml`), text)
    const refused = await landfall('deploy.mts', ['--stack', `lacking=${directory}`])
    assertExit(refused, 3)
    assert.match(refused.stderr, /configmap-missing: .*ConfigMap gb-guestbook/)
    assert.equal(await kubectl('get', 'namespace', 'lacking', '--ignore-not-found'), '')
  })
})
