import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { helpOf } from '../../lib/settings/help.mts'
import { inside } from './inside.mts'
import { spawned, type Ended } from './world.mts'

const GOOD = ['--tag', 'abc', '--set', 'domain=app.example', '--dotenv', '/dev/null']

/** What needs a process of its own is given `spawned`. */
function acting(
  act: string,
  args: readonly string[] = [],
  options: Parameters<typeof spawned>[2] = {},
  run: typeof spawned = inside,
): Promise<Ended> {
  return run('fixtures/acting.mts', [...GOOD, '-n', act, ...args], options)
}

suite('story()', () => {
  for (const [under, run] of [
    ['node', inside],
    ['zx', spawned],
  ] as const)
    test(`story() answers --help on stdout under ${under}, whatever else is typed`, async () => {
      const { code, stdout, stderr } = await run('fixtures/acting.mts', ['--nonsense', '--help'], { under })
      assert.deepEqual([code, stdout, stderr], [0, helpOf('deploy'), ''])
    })

  test('story() reads the arguments behind the script under zx', async () => {
    const { code, stderr } = await acting('done', [], { under: 'zx' }, spawned)
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^reactbin → here \(https:\/\/127\.0\.0\.1:6443, user me, namespace done\)$/m)
  })

  test('story() ends with the exit code that its body gives', async () => {
    assert.equal((await acting('differences')).code, 6)
  })

  test('story() ends a failure with its block and the exit of its code, secrets scrubbed', async () => {
    const { code, stdout, stderr } = await acting('doomed')
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.match(stderr, /^✖ api +migration-failed in \d+\.\d s: exit 1 of \*\*\*\n {4}url=\*\*\*\n {4}→ mend it$/m)
  })

  test('story() calls anything else a bug and prints its stack, secrets scrubbed', async () => {
    const { code, stderr } = await acting('bug')
    assert.equal(code, 1)
    assert.match(stderr, /^✖ bug in .*: TypeError: undefined is not \*\*\*$/m)
    assert.match(stderr, /acting\.mts:\d+/)
    assert.doesNotMatch(stderr, /pa\/ss/)
  })

  test('story() fails where an error was awaited by nobody', async () => {
    const { code, stderr } = await acting('stray', [], {}, spawned)
    assert.equal(code, 1)
    assert.match(stderr, /bug.*nobody awaits me/)
  })

  test('story() leaves one document on stdout with -o json, and JSON lines on stderr', async () => {
    const { code, stdout, stderr } = await acting('doomed', ['-o', 'json'])
    assert.equal(code, 1)
    const document = JSON.parse(stdout) as Record<string, unknown>
    assert.equal(document['apiVersion'], 'landfall.dev/v1')
    assert.equal(document['outcome'], 'migration-failed')
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string })
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['where', 'component', 'failure'],
    )
    assert.doesNotMatch(stdout + stderr, /pa\/ss/)
  })

  test('story() prints settings and their sources without running its body', async () => {
    const { code, stdout, stderr } = await acting('doomed', ['--print-settings'])
    assert.equal(code, 0)
    assert.match(stdout, /^domain +app\.example +--set$/m)
    assert.equal(stderr, '')
  })

  for (const [act, says] of [
    ['waiting', /interrupted in .*Kubernetes goes on with what was applied/],
    ['untouched', /interrupted: .*before any component was applied/],
  ] as const)
    test(`story() stops ${act} at the first Ctrl-C and says what goes on in the cluster`, async () => {
      const { code, stderr } = await acting(act, [], {
        onStderr: once(/reactbin → here/, (kill) => kill('SIGINT')),
      })
      assert.equal(code, 130, stderr)
      assert.match(stderr, /Ctrl-C again leaves at once/)
      assert.match(stderr, says)
    })

  test('story() leaves at once at a second Ctrl-C, whatever still runs', async () => {
    const second = once(/again leaves at once/, (kill) => kill('SIGINT'))
    const onStderr = once(/reactbin → here/, (kill) => kill('SIGINT'), second)
    const { code, stderr } = await acting('deaf', [], { onStderr }, spawned)
    assert.equal(code, 130, stderr)
    assert.doesNotMatch(stderr, /✖/)
  })
})

type OnStderr = NonNullable<NonNullable<Parameters<typeof spawned>[2]>['onStderr']>

/** Acts once the text is there, then listens as `then` says. */
function once(pattern: RegExp, act: (kill: Parameters<OnStderr>[1]) => void, then?: OnStderr): OnStderr {
  let state: 'listening' | 'acted' = 'listening'
  return (text, kill) => {
    if (state === 'acted') then?.(text, kill)
    else if (pattern.test(text)) {
      state = 'acted'
      act(kill)
    }
  }
}
