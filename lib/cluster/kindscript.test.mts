import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { DeployError } from '../error.mts'

// The programs kind, kubectl and docker as scripts that write down how they were called: there is no engine here.
const folder = mkdtempSync(join(tmpdir(), 'landfall-kind-'))
const log = join(folder, 'calls')
const state = join(folder, 'clusters')
const mount = join(folder, 'mount')

function program(name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${log}\n${body}\n`)
  chmodSync(join(folder, name), 0o755)
}

const STANDARD = JSON.stringify({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', uid: 'u', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'rancher.io/local-path',
})

program(
  'kind',
  `case "$1 $2" in
"create cluster") cat > ${join(folder, 'config')}; echo wrightnow > ${state};;
"delete cluster") : > ${state};;
"get clusters") cat ${state};;
esac`,
)
program(
  'kubectl',
  `case "$*" in
*"get storageclass"*) echo '${STANDARD}';;
*replace*) cat > ${join(folder, 'class')};;
*apply*) cat > ${join(folder, 'ingress')};;
esac`,
)
program('docker', `case "$1" in inspect) cat ${mount};; esac`)

process.env['PATH'] = `${folder}:${process.env['PATH'] ?? ''}`
const { kind } = await import('./kind.mts')

beforeEach(() => {
  for (const file of [log, state, mount]) writeFileSync(file, '')
})
after(() => rmSync(folder, { recursive: true }))

const calls = () => readFileSync(log, 'utf8').trim().split('\n')
const up = async (data?: string) => {
  const said: string[] = []
  const wish = { name: 'wrightnow', packages: 'ask', ...(data === undefined ? {} : { data }) } as const
  await kind.up(wish, (line) => said.push(line))
  return said
}

test('WN-06 up() checks its tools, makes the cluster, installs the ingress controller and waits 90 s for it', async () => {
  await up()
  assert.deepEqual(calls().slice(0, 4), [
    'kind version',
    'kubectl version --client',
    'kind get clusters',
    'kind create cluster --config - --wait 120s',
  ])
  assert.match(readFileSync(join(folder, 'config'), 'utf8'), /^name: wrightnow$/m)
  assert.match(
    calls().at(-1) ?? '',
    /--context kind-wrightnow -n traefik rollout status deployment\/traefik --timeout=90s/,
  )
  const { items } = JSON.parse(readFileSync(join(folder, 'ingress'), 'utf8')) as { items: { kind: string }[] }
  assert.ok(items.some((item) => item.kind === 'IngressClass'))
  assert.match(JSON.stringify(items), /web\.address=0\.0\.0\.0:80/)
})

test('WN-06 up() a second time makes no other cluster', async () => {
  await up()
  writeFileSync(log, '')
  await up()
  assert.ok(!calls().some((call) => call.startsWith('kind create')))
  assert.ok(calls().includes('kind export kubeconfig --name wrightnow'))
})

test('WN-06 down() deletes the cluster, proves that it is gone, and says that volumes went with it', async () => {
  await up()
  const said: string[] = []
  assert.deepEqual(await kind.down('wrightnow', (line) => said.push(line)), { state: 'gone' })
  assert.equal(calls().at(-1), 'kind get clusters')
  assert.match(said.join(), /volumes deleted with all they held/)
  assert.deepEqual(await kind.down('wrightnow', () => {}), { state: 'absent' })
})

test('WN-07 up() with a folder names volumes by their claims; down() keeps them only where it is told to', async () => {
  const data = join(folder, 'data')
  await up(data)
  const kept = JSON.parse(readFileSync(join(folder, 'class'), 'utf8')) as Record<string, unknown>
  assert.deepEqual(kept['parameters'], { pathPattern: '{{ .PVC.Namespace }}/{{ .PVC.Name }}' })
  assert.equal((kept['metadata'] as { uid?: string }).uid, undefined)
  writeFileSync(mount, `${data}\n`)
  await kind.down('wrightnow', () => {}, 'data')
  assert.ok(existsSync(data))
  await up(data)
  await kind.down('wrightnow', () => {})
  assert.ok(!existsSync(data))
  assert.ok(calls().includes('docker exec wrightnow-control-plane sh -c rm -rf /var/local-path-provisioner/*'))
})

test('WN-07 down() refuses to keep what lies in the cluster, and removes nothing', async () => {
  await up()
  await assert.rejects(
    kind.down('wrightnow', () => {}, 'data'),
    (error) => error instanceof DeployError && error.code === 'usage' && /made without --data/.test(error.message),
  )
  assert.ok(!calls().some((call) => call.startsWith('kind delete')))
})
