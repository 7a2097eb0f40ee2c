import assert from 'node:assert/strict'
import { test } from 'node:test'
import { processesOf } from '../../lib/cluster/host/footprint.mts'
import { layout } from '../../lib/cluster/host/layout.mts'
import { isThere } from '../../lib/cluster/host/packages.mts'
import { recall } from '../../lib/cluster/host/processes.mts'
import { assertExit } from './reactbin.mts'
import { clusterScript, onStage } from './stage.mts'

// What a deploy takes for granted of the host cluster, and that `up` repairs it. Needs the cluster of stage.mts.

const DAEMONS = ['etcd', 'kube-apiserver', 'containerd', 'kubelet', 'kube-proxy'] as const

const pids = () => DAEMONS.map((name) => recall(layout('landfall'), name)?.pid)

/** What one shell line says in a pod of its own. */
async function inPod(name: string, line: string): Promise<string> {
  const { kubectl } = onStage()
  const command = ['--command', '--', 'sh', '-c', line]
  await kubectl('run', name, '--image=localhost/busybox:1', '--restart=Never', ...command)
  try {
    await kubectl('wait', `pod/${name}`, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s')
    return await kubectl('logs', name)
  } finally {
    await kubectl('delete', 'pod', name, '--now')
  }
}

test('cluster.mts status exits 0 and names every part', async () => {
  const ended = await clusterScript('status')
  assertExit(ended, 0)
  for (const part of [...DAEMONS, 'coredns', 'traefik', 'image registry', 'landfall-host']) {
    assert.match(ended.stdout, new RegExp(`✔ .*${part}`))
  }
})

test('cluster.mts up a second time starts no process anew', async () => {
  const before = pids()
  const again = await clusterScript('up', '--provider', 'host')
  assertExit(again, 0)
  assert.deepEqual(pids(), before)
  assert.equal(/no kubectl in PATH.*export PATH=/.test(again.stdout + again.stderr), !isThere('kubectl'))
})

test('cluster.mts status says which process was killed, and up starts it again', async () => {
  const before = recall(layout('landfall'), 'kube-scheduler')
  assert.ok(before !== undefined)
  process.kill(before.pid, 'SIGKILL')
  const broken = await clusterScript('status')
  assertExit(broken, 1)
  assert.match(broken.stdout, /✖ kube-scheduler/)
  assertExit(await clusterScript('up', '--provider', 'host'), 0)
  assertExit(await clusterScript('status'), 0)
})

// What killed shims leave behind is found by `down`, at the end of all stories.
test('a cluster whose processes were all killed at once is whole again after one up', async () => {
  const { kubectl } = onStage()
  for (const { pid } of processesOf(layout('landfall').root)) killHard(pid)
  assertExit(await clusterScript('status'), 1)
  assertExit(await clusterScript('up', '--provider', 'host'), 0)
  assertExit(await clusterScript('status'), 0)
  await kubectl('-n', 'postgres', 'rollout', 'status', 'statefulset/postgres', '--timeout=120s')
})

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It went with its parent.
  }
}

test('a pod resolves names inside the cluster; names outside do not exist, addresses outside are not reached', async () => {
  const ask = 'busybox nslookup kubernetes.default.svc.cluster.local; busybox nslookup example.com'
  const said = await inPod('host-network', `exec 2>&1; ${ask}; nc -w 3 203.0.113.1 80 </dev/null; true`)
  assert.match(said, /Address: 10\.96\.0\.1/)
  assert.match(said, /example\.com: NXDOMAIN/)
  assert.match(said, /203\.0\.113\.1.*unreachable/)
})

test('an image that the local registry does not have is not found, whatever registry its name says', async () => {
  const { kubectl } = onStage()
  await kubectl('run', 'host-image', '--image=ghcr.io/nobody/nothing:1', '--restart=Never')
  try {
    const reason = 'jsonpath={.status.containerStatuses[0].state.waiting.reason}=ErrImagePull'
    await kubectl('wait', 'pod/host-image', `--for=${reason}`, '--timeout=30s')
    const { items } = JSON.parse(await kubectl('get', 'events', '-o', 'json')) as { items: { message: string }[] }
    assert.ok(items.some(({ message }) => message.includes('ghcr.io/nobody/nothing:1: not found')))
  } finally {
    await kubectl('delete', 'pod', 'host-image', '--now')
  }
})

test('a claim without a class gets a volume that a pod of any user writes to', async () => {
  const { kubectl } = onStage()
  const overrides = {
    spec: {
      securityContext: { runAsUser: 12345 },
      containers: [
        {
          name: 'host-volume',
          image: 'localhost/busybox:1',
          command: ['sh', '-c', 'echo kept > /data/file && cat /data/file'],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'host-volume' } }],
    },
  }
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
  const metadata = { name: 'host-volume', namespace: 'default' }
  const object = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: claim }
  await kubectl.feed(JSON.stringify(object), 'apply', '-f', '-')
  try {
    const flags = ['--image=localhost/busybox:1', '--restart=Never', `--overrides=${JSON.stringify(overrides)}`]
    await kubectl('run', 'host-volume', ...flags)
    await kubectl('wait', 'pod/host-volume', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s')
    assert.equal((await kubectl('logs', 'host-volume')).trim(), 'kept')
  } finally {
    await kubectl('delete', 'pod/host-volume', 'pvc/host-volume', '--now')
  }
})
