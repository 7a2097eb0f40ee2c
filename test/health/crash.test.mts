import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ago, ended, says, told, verdictOnPod, type Fragment } from './pods.mts'

function main(times: number, words: string, end: Fragment = {}): string {
  return told(verdictOnPod({ containers: [ended(times, words, {}, end)] }))
}

const CRASHES: readonly (readonly [words: string, times: number, verdict: string])[] = [
  [`ModuleNotFoundError: No module named 'app.main'`, 1, 'progressing api ended 1 time, starting again (crash-loop)'],
  [`ModuleNotFoundError: No module named 'app.main'`, 2, 'doomed crash-loop'],
  ['pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings', 2, 'doomed crash-loop'],
  [`Error: Cannot find module '/app/server.js'`, 2, 'doomed crash-loop'],
  ['nginx: [emerg] unknown directive "foo" in /etc/nginx/nginx.conf:3', 2, 'doomed crash-loop'],
  ['nginx: [emerg] host not found in upstream "api"', 5, 'progressing api ended 5 times, starting again (crash-loop)'],
  [
    'redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.',
    9,
    'progressing api ended 9 times, starting again (crash-loop)',
  ],
  ['not ready yet', 3, 'progressing api ended 3 times, starting again (crash-loop)'],
  ['not ready yet', 4, 'doomed crash-loop'],
  ['', 3, 'progressing api ended 3 times, starting again (crash-loop)'],
  ['', 4, 'doomed crash-loop'],
  ['exec /app/run: exec format error', 1, 'doomed cannot-run'],
]

describe('a main container that ended', () => {
  for (const [words, times, verdict] of CRASHES) {
    test(`judge() says "${verdict}" after ${times} exits with "${words}"`, () =>
      assert.equal(main(times, words), verdict))
  }

  test('judge() grants a container killed for its memory one more try, then names the limit', () => {
    const end = { reason: 'OOMKilled', exitCode: 137 }
    assert.equal(main(1, '', end), 'progressing api ended 1 time, starting again (out-of-memory)')
    const spec = { resources: { limits: { memory: '128Mi' } } }
    const health = verdictOnPod({ containers: [ended(2, 'working', { spec }, end)] })
    assert.equal(told(health), 'doomed out-of-memory')
    assert.match(says(health), /OOMKilled, exit 137, limit 128Mi/)
  })

  test('judge() takes a program that is missing at the start for certain, one that is missing later not', () => {
    assert.equal(main(1, 'sh: foo: not found', { exitCode: 127 }), 'doomed cannot-run')
    const late = { exitCode: 127, startedAt: ago(70), finishedAt: ago(3) }
    assert.equal(main(1, 'sh: foo: not found', late), 'progressing api ended 1 time, starting again (crash-loop)')
  })

  test('judge() blames a container for no end that its node made', () => {
    const end = { reason: 'ContainerStatusUnknown', exitCode: 137 }
    assert.equal(main(9, '', end), 'progressing api ended 9 times, starting again (crash-loop)')
  })

  test('judge() lets a container that runs again prove itself', () => {
    const crashed = ended(4, 'boom')
    const running = { ...crashed, state: { running: { startedAt: ago(1) } } }
    assert.equal(
      told(verdictOnPod({ containers: [running] })),
      'progressing api ended 3 times, starting again (crash-loop)',
    )
  })

  test('judge() forgets crashes once the container is ready', () => {
    const running = { ...ended(3, 'boom'), ready: true, state: { running: { startedAt: ago(1) } } }
    const status = {
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'Ready', status: 'True' },
      ],
    }
    const settled = { ...running, state: { running: { startedAt: ago(9) } } }
    assert.equal(told(verdictOnPod({ containers: [settled], status })), 'progressing available 0/1')
  })

  test('judge() takes the name of an init container for what it is only where it migrates', () => {
    const init = ended(1, 'psycopg.errors.UndefinedColumn: no such column', {
      name: 'wait-for-db',
      spec: { command: ['sh', '-c', 'nc -z db 5432'] },
    })
    assert.equal(
      told(verdictOnPod({ inits: [init] })),
      'progressing wait-for-db ended 1 time, starting again (crash-loop)',
    )
  })

  test('causeOf() lets no credential through that a driver or a registry printed', () => {
    const health = verdictOnPod({ containers: [ended(4, 'cannot connect to postgres://app:hunter22@db/app')] })
    assert.doesNotMatch(JSON.stringify(health), /hunter22/)
    assert.match(says(health), /postgres:\/\/app:\*\*\*@db/)
  })
})
