import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { openProxy } from './proxy.mts'
import type { Fate, Write } from './proxy.mts'
import { assertExit, podsOf } from './reactbin.mts'
import { freshStart, onStage } from './stage.mts'
import { landfall } from './world.mts'
import type { Ended } from './world.mts'

/** Runs a deploy through the proxy, which decides over each of its writes. */
async function through(args: readonly string[], decide: (write: Write, kill: () => void) => Fate) {
  const { host } = onStage()
  let kill = (): void => undefined
  await using proxy = await openProxy(host.kubeconfig, (write) => decide(write, () => kill()))
  const file = join(host.stateDir, 'through-proxy.kubeconfig')
  await writeFile(file, proxy.kubeconfig, { mode: 0o600 })
  const ended = await landfall('deploy.mts', [...args, '--kubeconfig', file], {
    onStart: (end) => (kill = () => end('SIGKILL')),
  })
  return { ended, writes: [...proxy.writes] }
}

/** A small upgrade of both Deployments: no new image, so that the schema stays where it is. */
function upgrade(variant: number): string[] {
  return [
    '--tag',
    'abd',
    ...['api', 'ui'].flatMap((name) => ['--set', `resources.${name}.requests.memory=${64 + variant}Mi`]),
  ]
}

/** The writes of the deploy itself: renewals of the lock, between taking it and the record, come by the clock. */
function counted(writes: readonly Write[]): Write[] {
  const record = writes.findIndex(({ method, path }) => method === 'POST' && path.endsWith('/configmaps'))
  return writes.filter(({ method, path }, index) => {
    const isLease = method === 'PUT' && path.includes('/leases/')
    return !isLease || index === 0 || (record !== -1 && index > record)
  })
}

/** The run after the kill takes the lock over, converges and proves; the one after that has nothing to do. */
async function assertConverges(args: readonly string[]): Promise<Ended> {
  const after = await landfall('deploy.mts', args)
  assertExit(after, 0)
  assert.match(after.stderr, /proven in/)
  return after
}

describe('killed anywhere, the next run converges', { concurrency: 1 }, () => {
  test('law 7: SIGKILL at every write of an upgrade', async (t: TestContext) => {
    const { kubectl } = onStage()
    const data = await kubectl('-n', 'reactbin', 'get', 'pvc', 'minio-data-minio-0', '-o', 'jsonpath={.metadata.uid}')
    let variant = 1
    const whole = await through(upgrade(variant), () => 'pass')
    assertExit(whole.ended, 0)
    const steps = counted(whole.writes).length
    let killed = 0
    for (let at = 1; at <= steps; at++) {
      variant++
      const seen: Write[] = []
      const { ended } = await through(upgrade(variant), (write, kill) => {
        seen.push(write)
        const isNew = counted(seen).at(-1) === write
        if (!isNew || counted(seen).length !== at) return 'pass'
        kill()
        return at % 2 === 0 ? 'cut-after' : 'stop-before'
      })
      if (ended.signal === 'SIGKILL') killed++
      await assertConverges(upgrade(variant))
    }
    assert.equal(
      await kubectl('-n', 'reactbin', 'get', 'pvc', 'minio-data-minio-0', '-o', 'jsonpath={.metadata.uid}'),
      data,
    )
    const again = await landfall('deploy.mts', upgrade(variant))
    assert.match(again.stderr, / 0 writes/)
    t.diagnostic(`writes ${steps}, kills ${killed}, converged ${steps}`)
    assert.equal(killed, steps)
  })

  test('an answer that is lost after the server acted is read again, not guessed', async () => {
    const { ended } = await through(upgrade(101), ({ number }) => (number % 2 === 1 ? 'cut-after' : 'pass'))
    assertExit(ended, 0)
    assert.match(ended.stderr, /proven in/)
  })

  test('law 7: SIGKILL at a sample of the writes of a first deploy', async (t: TestContext) => {
    const { kubectl } = onStage()
    let killed = 0
    // KILL_WRITES=1,2,3,… takes other writes; each costs a first deploy, most of a minute.
    const sample = (process.env['KILL_WRITES'] ?? '2,7').split(',').map(Number)
    for (const at of sample) {
      await freshStart()
      const { ended } = await through(['--tag', 'abd'], ({ number }, kill) => {
        if (number !== at) return 'pass'
        kill()
        return 'cut-after'
      })
      if (ended.signal === 'SIGKILL') killed++
      await assertConverges(['--tag', 'abd'])
      assert.equal((await podsOf(kubectl, 'app=api')).size, 1)
    }
    t.diagnostic(`writes sampled ${sample.join(', ')}; kills ${killed}`)
    assert.equal(killed, sample.length)
  })

  test('a second deploy says who holds the lock and exits 3', async () => {
    const first = Promise.withResolvers<void>()
    const running = landfall('deploy.mts', upgrade(120), {
      onStderr: (text) => {
        if (text.includes('api ')) first.resolve()
      },
    })
    await first.promise
    const second = await landfall('deploy.mts', upgrade(121))
    assertExit(second, 3)
    assert.match(second.stderr, /✖ locked/)
    assert.match(second.stderr, /@/)
    assertExit(await running, 0)
  })

  test('part 7: without the pre-stop sleep the count of failed requests catches it', async () => {
    const abrupt = ['--stack', './test/cluster/abrupt.mts']
    assertExit(await landfall('deploy.mts', [...upgrade(130), ...abrupt]), 0)
    const again = await landfall('deploy.mts', [...upgrade(131), ...abrupt])
    assertExit(again, 0)
    const [, failed] = /(\d+) of \d+ requests failed/.exec(again.stderr) ?? []
    assert.ok(Number(failed) > 0, again.stderr)
  })
})
