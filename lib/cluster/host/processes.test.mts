import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeployError } from '../../error.mts'
import { layout, type Layout } from './layout.mts'
import { identify, isAlive, keepRunning, mustRun, recall, recorded, stop, type Daemon } from './processes.mts'

const sleeper: Daemon = { name: 'sleeper', command: 'sleep', args: ['600'] }

function state(): { paths: Layout } & AsyncDisposable {
  const root = mkdtempSync(join(tmpdir(), 'processes-'))
  const paths = layout('it', root)
  const dispose = async () => {
    for (const name of recorded(paths)) await stop(paths, name)
    rmSync(root, { recursive: true })
  }
  return { paths, [Symbol.asyncDispose]: dispose }
}

test('identify() tells this process from one that has its id later, or had it before a reboot', () => {
  const self = identify(process.pid)
  assert.ok(self !== undefined && isAlive(self))
  assert.equal(isAlive({ ...self, started: String(Number(self.started) - 1) }), false)
  assert.equal(isAlive({ ...self, boot: 'another' }), false)
})

test('identify() knows nothing of an id that nobody has', () => {
  assert.equal(identify(2 ** 30), undefined)
})

test('keepRunning() starts a daemon once', async () => {
  await using at = state()
  assert.equal(await keepRunning(at.paths, sleeper), 'started')
  const first = recall(at.paths, 'sleeper')?.pid
  assert.equal(await keepRunning(at.paths, sleeper), 'running')
  assert.equal(recall(at.paths, 'sleeper')?.pid, first)
})

test('keepRunning() starts a daemon anew when its command line or its configuration has changed', async () => {
  await using at = state()
  await keepRunning(at.paths, sleeper)
  const first = recall(at.paths, 'sleeper')
  const changed = { ...sleeper, files: { 'sleeper.conf': 'x' } }
  assert.equal(await keepRunning(at.paths, changed), 'started')
  assert.ok(first !== undefined && !isAlive(first))
  assert.equal(readFileSync(join(at.paths.etc, 'sleeper.conf'), 'utf8'), 'x')
})

test('keepRunning() ends a process of the same program in the same folder that lost its record', async () => {
  await using at = state()
  // A shell that names the state folder, as every daemon's command line does.
  const shell: Daemon = { name: 'shell', command: '/bin/sh', args: ['-c', 'sleep 600; :', `${at.paths.root}/x`] }
  await keepRunning(at.paths, shell)
  const lost = recall(at.paths, 'shell')
  rmSync(join(at.paths.run, 'shell.pid.json'))
  assert.equal(await keepRunning(at.paths, shell), 'started')
  assert.ok(lost !== undefined && !isAlive(lost))
})

test('keepRunning() throws when there is no such program', async () => {
  await using at = state()
  await assert.rejects(keepRunning(at.paths, { ...sleeper, command: '/nonexistent/program' }), DeployError)
})

test('stop() ends a daemon and forgets it', async () => {
  await using at = state()
  await keepRunning(at.paths, sleeper)
  const record = recall(at.paths, 'sleeper')
  await stop(at.paths, 'sleeper')
  assert.ok(record !== undefined && !isAlive(record))
  assert.deepEqual(recorded(at.paths), [])
})

test('stop() kills a daemon that does not listen', async () => {
  await using at = state()
  const deaf: Daemon = { name: 'deaf', command: '/bin/sh', args: ['-c', "trap '' TERM; while :; do sleep 0.1; done"] }
  await keepRunning(at.paths, deaf)
  const record = recall(at.paths, 'deaf')
  await stop(at.paths, 'deaf', 100)
  assert.ok(record !== undefined && !isAlive(record))
})

test('stop() leaves a process alone that has got the id of a recorded one', async () => {
  await using at = state()
  await keepRunning(at.paths, sleeper)
  const record = recall(at.paths, 'sleeper')
  assert.ok(record !== undefined)
  const stale = { ...record, started: '1' }
  writeFileSync(join(at.paths.run, 'other.pid.json'), JSON.stringify(stale))
  await stop(at.paths, 'other')
  assert.ok(isAlive(record))
})

test('mustRun() shows the end of the log of a daemon that died', async () => {
  await using at = state()
  await keepRunning(at.paths, { name: 'brief', command: '/bin/sh', args: ['-c', 'echo no such luck; sleep 0.2'] })
  const record = recall(at.paths, 'brief')
  assert.ok(record !== undefined)
  while (isAlive(record)) await new Promise((resolve) => setImmediate(resolve))
  assert.throws(
    () => mustRun(at.paths, 'brief'),
    (error) => error instanceof DeployError && error.evidence.includes('no such luck'),
  )
})

test('recall() takes a record that is not JSON for none', async () => {
  await using at = state()
  await keepRunning(at.paths, sleeper)
  const record = recall(at.paths, 'sleeper')
  writeFileSync(join(at.paths.run, 'sleeper.pid.json'), '{"pid":')
  assert.equal(recall(at.paths, 'sleeper'), undefined)
  writeFileSync(join(at.paths.run, 'sleeper.pid.json'), JSON.stringify(record))
})
