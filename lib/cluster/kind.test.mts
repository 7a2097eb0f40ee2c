import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { kindConfig } from './kind.mts'

interface Config {
  readonly name: string
  readonly nodes: readonly {
    readonly image: string
    readonly extraPortMappings: readonly { hostPort: number; containerPort: number; listenAddress: string }[]
  }[]
}

const config = parse(kindConfig('mine')) as Config

test('WN-06 kindConfig() names the cluster and has one node', () => {
  assert.equal(config.name, 'mine')
  assert.equal(config.nodes.length, 1)
})

test('WN-06 kindConfig() maps 80, 443, 8000 and 8080, on loopback only', () => {
  const mappings = config.nodes[0]?.extraPortMappings ?? []
  assert.deepEqual(
    mappings.map(({ hostPort }) => hostPort),
    [80, 443, 8000, 8080],
  )
  assert.ok(mappings.every(({ hostPort, containerPort }) => hostPort === containerPort))
  assert.ok(mappings.every(({ listenAddress }) => listenAddress === '127.0.0.1'))
})

test('WN-06 kindConfig() pins a node image of a supported minor version by digest', () => {
  const [, minor] = /^kindest\/node:v1\.(\d+)\.\d+@sha256:[0-9a-f]{64}$/.exec(config.nodes[0]?.image ?? '') ?? []
  assert.ok(['35', '36', '37'].includes(minor ?? ''))
})

test('WN-07 kindConfig() mounts a folder of this machine where volumes lie, if it is asked to', () => {
  const [node] = (parse(kindConfig('mine', '/srv/wn')) as { nodes: { extraMounts?: unknown }[] }).nodes
  assert.deepEqual(node?.extraMounts, [{ hostPath: '/srv/wn', containerPath: '/var/local-path-provisioner' }])
  assert.ok(!kindConfig('mine').includes('extraMounts'))
})
