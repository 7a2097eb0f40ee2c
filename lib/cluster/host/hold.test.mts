import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeployError } from '../../error.mts'
import { whileHeld } from './hold.mts'
import { layout } from './layout.mts'
import { identify } from './processes.mts'

function paths() {
  const root = mkdtempSync(join(tmpdir(), 'hold-'))
  return { paths: layout('it', root), root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) }
}

test('whileHeld() refuses a second one while the first is at work, and names its process', async () => {
  using at = paths()
  await whileHeld(at.paths, async () => {
    const second = await whileHeld(at.paths, async () => 'in').catch((error: unknown) => error)
    assert.ok(second instanceof DeployError)
    assert.equal(second.code, 'locked')
    assert.match(second.message, new RegExp(`process ${process.pid}\\b`))
  })
})

test('whileHeld() lets go when its action throws', async () => {
  using at = paths()
  await assert.rejects(whileHeld(at.paths, () => Promise.reject(new Error('no'))))
  assert.equal(await whileHeld(at.paths, async () => 'in'), 'in')
  assert.equal(existsSync(`${at.paths.root}.lock`), false)
})

for (const [what, text] of [
  ['of a process that died', JSON.stringify({ ...identify(process.pid), started: '1' })],
  ['that is cut short', '{"pid":'],
] as const) {
  test(`whileHeld() takes over a lock ${what}`, async () => {
    using at = paths()
    writeFileSync(`${at.paths.root}.lock`, text)
    assert.equal(await whileHeld(at.paths, async () => 'in'), 'in')
  })
}
