import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { isCertainlyDead, processMark, whoami } from '../../lib/deploy/holder.mts'

suite('isCertainlyDead()', () => {
  test('isCertainlyDead() is false for a process that lives', () => {
    assert.equal(isCertainlyDead(processMark()), false)
  })

  test('isCertainlyDead() is true for a process of this boot that is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(child, 'spawn')
    const mark = processMark(child.pid)
    assert.equal(isCertainlyDead(mark), false)
    child.kill('SIGKILL')
    await once(child, 'close')
    assert.equal(isCertainlyDead(mark), true)
  })

  const [boot, space, pid, start] = (processMark() ?? '').split('/')
  for (const [what, mark, dead] of [
    ['another process that has got the same number', `${boot}/${space}/${pid}/1`, true],
    ['another boot of this machine, or another machine', `other/${space}/${pid}/1`, false],
    ['another container', `${boot}/pid:[1]/${pid}/1`, false],
    ['a system that does not tell', '', false],
    ['no mark at all', undefined, false],
    ['a mark that names a process group', `${boot}/${space}/-1/${start}`, false],
    ['a mark that names nothing', `${boot}/${space}/x/${start}`, false],
  ] as const) {
    test(`isCertainlyDead() is ${dead} for ${what}`, () => {
      assert.equal(isCertainlyDead(mark), dead)
    })
  }
})

test('whoami() names a user and a machine', () => {
  assert.match(whoami(), /^[^@]+@[^@]+$/)
})
