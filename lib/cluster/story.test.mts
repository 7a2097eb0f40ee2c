import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeployError } from '../error.mts'
import { kind } from './kind.mts'
import { tell, tellRemoval, tellStatus, toolsFor } from './story.mts'

function listener() {
  const lines: string[] = []
  return { lines, say: (line: string) => void lines.push(line) }
}

test('tell() prints what failed, the evidence and the next command, and gives the code its exit', async () => {
  const { lines, say } = listener()
  const failure = { code: 'package-missing', says: 'Cannot do', evidence: ['because'], next: 'try this' } as const
  const exit = await tell(say, () => Promise.reject(new DeployError(failure)))
  assert.equal(exit, 3)
  assert.deepEqual(lines, [`✖ ${failure.code}: Cannot do`, '    because', '    → try this'])
})

test('tell() prints the stack of an error that nobody foresaw and exits 1', async () => {
  const { lines, say } = listener()
  assert.equal(await tell(say, () => Promise.reject(new TypeError('oops'))), 1)
  assert.match(lines[0] ?? '', /TypeError: oops\n\s+at /)
})

test('tellStatus() exits 1 where one part is down and says which', () => {
  const { lines, say } = listener()
  const [api, dns] = [
    { what: 'api', state: 'ok', detail: '' } as const,
    { what: 'dns', state: 'down', detail: '0/1' } as const,
  ]
  assert.equal(tellStatus([api], say), 0)
  assert.equal(tellStatus([api, dns], say), 1)
  assert.ok(lines.includes('✖ dns  0/1'))
})

test('tellRemoval() says "nothing left" only after a comparison that found nothing', () => {
  const { lines, say } = listener()
  assert.equal(tellRemoval({ state: 'gone' }, say), 0)
  assert.match(lines[0] ?? '', /^nothing left/)
  assert.equal(tellRemoval({ state: 'absent' }, say), 0)
  assert.doesNotMatch(lines[1] ?? '', /left/)
})

test('tellRemoval() throws cluster-left with every trace as evidence', () => {
  const traces = ['links: landfall0', 'mounts: /x']
  assert.throws(
    () => tellRemoval({ state: 'left', traces }, () => {}),
    (error) => error instanceof DeployError && error.code === 'cluster-left' && error.evidence.length === 2,
  )
})

test('toolsFor() refuses the demo where the cluster is not one of the host', async () => {
  assert.deepEqual(await toolsFor([], kind), [])
  const error = await toolsFor(['reactbin'], kind).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof DeployError && error.code === 'usage')
})
