import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeployError } from '../../error.mts'
import { layout } from './layout.mts'
import { choosePorts, readRecord, writeRecord, type HostRecord } from './record.mts'

const nothing = { processes: [], mounts: [], links: [], networks: [], rules: [] }
const before = { ...nothing, cgroups: [], contexts: [], sysctls: [], files: [] }

function state() {
  const root = mkdtempSync(join(tmpdir(), 'record-'))
  return { paths: layout('it', root), [Symbol.dispose]: () => rmSync(root, { recursive: true }) }
}

test('readRecord() gives back what writeRecord() wrote, and nothing else is left in the folder', async () => {
  using at = state()
  assert.equal(readRecord(at.paths), undefined)
  const record: HostRecord = { ports: await choosePorts(), before, sysctls: {}, contexts: [{ file: '/f' }] }
  writeRecord(at.paths, record)
  assert.deepEqual(readRecord(at.paths), record)
  assert.deepEqual(readdirSync(at.paths.root), ['record.json'])
})

test('readRecord() does not take a record that it cannot read for none', () => {
  using at = state()
  mkdirSync(at.paths.record, { recursive: true })
  assert.throws(() => readRecord(at.paths), DeployError)
  rmSync(at.paths.record, { recursive: true })
  writeFileSync(at.paths.record, '{"ports":')
  assert.throws(
    () => readRecord(at.paths),
    (error) => error instanceof DeployError && error.message.includes(at.paths.record),
  )
})

test('choosePorts() passes over ports that are taken on loopback, and gives every part its own', async () => {
  const first = await choosePorts()
  const squatter = createServer().listen(first.registry, '127.0.0.1')
  try {
    await new Promise((resolve) => squatter.on('listening', resolve))
    const second = await choosePorts()
    assert.notEqual(second.registry, first.registry)
    assert.equal(new Set(Object.values(second)).size, Object.keys(second).length)
  } finally {
    squatter.close()
  }
})
