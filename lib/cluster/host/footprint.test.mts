import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareFootprints, takeFootprint, type Footprint } from './footprint.mts'

const CLEAN: Footprint = {
  processes: [],
  mounts: [],
  links: ['eth0', 'lo'],
  networks: [],
  rules: ['iptables -A FORWARD -j DOCKER'],
  cgroups: [],
  contexts: [],
  sysctls: ['net.ipv4.ip_forward=0'],
  files: ['/etc/cni'],
}

test('compareFootprints() finds nothing between equal footprints', () => {
  assert.deepEqual(compareFootprints(CLEAN, structuredClone(CLEAN)), [])
})

const LEFT = {
  processes: '12 kubelet --config=x',
  mounts: '/state/netns/cni-1',
  links: 'vethabc',
  networks: 'cni-1',
  rules: 'iptables -A KUBE-SERVICES -j RETURN',
  cgroups: '/sys/fs/cgroup/cpu/kubepods',
  contexts: 'landfall-host in /home/me/.kube/config',
  sysctls: 'net.ipv4.ip_forward=1',
  files: '/run/containerd/s/abc',
} as const satisfies Record<keyof Footprint, string>

for (const kind of Object.keys(LEFT) as (keyof Footprint)[]) {
  test(`compareFootprints() names what is left of ${kind}`, () => {
    const after = { ...CLEAN, [kind]: [...CLEAN[kind], LEFT[kind]] }
    assert.deepEqual(compareFootprints(CLEAN, after), [`${kind}: ${LEFT[kind]}`])
  })
}

test('compareFootprints() does not mind what went away', () => {
  assert.deepEqual(compareFootprints(CLEAN, { ...CLEAN, links: ['lo'], rules: [] }), [])
})

test('compareFootprints() does not mind a kernel setting that came with a kernel module', () => {
  const after = { ...CLEAN, sysctls: [...CLEAN.sysctls, 'net.netfilter.nf_conntrack_max=65536'] }
  assert.deepEqual(compareFootprints(CLEAN, after), [])
})

test('takeFootprint() sees the links of this host and no cluster in a folder that nobody uses', async () => {
  const seen = await takeFootprint('/nonexistent/state', 'nobody-host', ['/nonexistent/config'])
  assert.ok(seen.links.includes('lo'))
  assert.deepEqual([seen.mounts, seen.contexts], [[], []])
  assert.ok(!seen.processes.some((line) => line.includes('/nonexistent/state')))
})
