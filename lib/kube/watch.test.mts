import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { describe, mock, test } from 'node:test'
import type { WatchEvent } from './cluster.mts'
import type { KubeObject, Live } from './object.mts'
import { KubeError } from './status.mts'
import { watchEvents } from './watch.mts'

function object(name: string, resourceVersion: string): Live {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: name, resourceVersion } }
}

function line(type: string, body: unknown): string {
  return `${JSON.stringify({ type, object: body })}\n`
}

const TOO_OLD = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }

/** A scripted server: each entry is one stream; a text of several pieces is sent piece by piece. */
interface Script {
  lists?: (Live[] | Error)[]
  streams: (readonly string[] | Error | { status: number; body: string } | 'silent')[]
}

interface Played {
  opened: string[]
  lists: number
  events: WatchEvent<KubeObject>[]
}

/** Runs a watch until the script is played, and a last stream that stays open was asked for. */
async function played(script: Script, resourceVersion?: string): Promise<Played> {
  const stop = new AbortController()
  const result: Played = { opened: [], lists: 0, events: [] }
  const lists = [...(script.lists ?? [[]])]
  const streams = [...script.streams]
  const source = {
    act: 'watch',
    signal: stop.signal,
    resourceVersion,
    list: () => {
      result.lists += 1
      const next = lists.shift() ?? []
      if (next instanceof Error) return Promise.reject(next)
      return Promise.resolve({ items: next, resourceVersion: `${result.lists * 100}` })
    },
    open: (at: string) => {
      result.opened.push(at)
      const next = streams.shift()
      if (next === undefined) stop.abort()
      if (next instanceof Error) return Promise.reject(next)
      return Promise.resolve(streamOf(next ?? []))
    },
  }
  for await (const event of watchEvents(source)) result.events.push(event)
  return result
}

function streamOf(content: readonly string[] | { status: number; body: string } | 'silent'): IncomingMessage {
  const stream = new PassThrough() as PassThrough & { statusCode: number }
  stream.statusCode = 200
  if (content === 'silent') return stream as unknown as IncomingMessage
  if ('status' in content) {
    stream.statusCode = content.status
    stream.end(content.body)
    return stream as unknown as IncomingMessage
  }
  for (const piece of content) stream.write(piece)
  stream.end()
  return stream as unknown as IncomingMessage
}

function told(events: readonly WatchEvent<KubeObject>[]): string[] {
  return events.map((event) =>
    event.type === 'synced'
      ? `synced ${event.items.map((item) => item.metadata.name).join()}`
      : `${event.type} ${event.object.metadata.name}`,
  )
}

describe('watchEvents()', () => {
  test('opens with everything that is there, then tells what changes', async () => {
    const stream = [
      line('ADDED', object('b', '101')),
      line('MODIFIED', object('a', '102')),
      line('DELETED', object('b', '103')),
    ]
    const { events, opened } = await played({ lists: [[object('a', '1')]], streams: [stream] })
    assert.deepEqual(told(events), ['synced a', 'applied b', 'applied a', 'deleted b'])
    assert.deepEqual(opened, ['100', '103'])
  })

  test('begins at a given resourceVersion without a list', async () => {
    const { events, opened, lists } = await played({ streams: [[line('ADDED', object('a', '8'))]] }, '7')
    assert.deepEqual(told(events), ['applied a'])
    assert.deepEqual([opened, lists], [['7', '8'], 0])
  })

  test('goes on after a bookmark, which it does not tell', async () => {
    const { events, opened } = await played({ streams: [[line('BOOKMARK', object('', '150'))]] })
    assert.deepEqual(told(events), ['synced '])
    assert.deepEqual(opened, ['100', '150'])
  })

  test('takes up a stream that broke where it was', async () => {
    const { opened, lists } = await played({
      streams: [[line('ADDED', object('a', '101'))], new Error('ECONNRESET'), []],
    })
    assert.deepEqual([opened, lists], [['100', '101', '101', '101'], 1])
  })

  test('reads a line that came in pieces, a character cut in two', async () => {
    const bytes = Buffer.from(line('ADDED', { ...object('a', '101'), note: 'ü' }))
    const cut = bytes.indexOf(0xc3) + 1
    const stream = new PassThrough() as PassThrough & { statusCode: number }
    stream.statusCode = 200
    const stop = new AbortController()
    const events: WatchEvent<KubeObject>[] = []
    const open = (): Promise<IncomingMessage> => {
      stream.write(bytes.subarray(0, cut))
      setTimeout(() => stream.end(bytes.subarray(cut)), 20)
      return Promise.resolve(stream as unknown as IncomingMessage)
    }
    const list = () => Promise.resolve({ items: [], resourceVersion: '1' })
    for await (const event of watchEvents({ act: 'watch', signal: stop.signal, resourceVersion: '1', list, open })) {
      events.push(event)
      stop.abort()
    }
    assert.equal((events[0] as { object?: { note?: string } }).object?.note, 'ü')
  })

  test('lists anew after 410 in the stream', async () => {
    const script = { lists: [[object('a', '1')], [object('b', '2')]], streams: [[line('ERROR', TOO_OLD)], []] }
    const { events, opened } = await played(script)
    assert.deepEqual(told(events), ['synced a', 'synced b'])
    assert.deepEqual(opened, ['100', '200', '200'])
  })

  test('lists anew after 410 as the answer', async () => {
    const refusal = { status: 410, body: JSON.stringify(TOO_OLD) }
    const { events } = await played({ lists: [[], [object('b', '2')]], streams: [refusal, []] })
    assert.deepEqual(told(events), ['synced ', 'synced b'])
  })

  test('goes on after an ERROR of another kind', async () => {
    const { opened, lists } = await played({ streams: [[line('ERROR', { kind: 'Status', code: 500 })], []] })
    assert.deepEqual([opened.length, lists], [3, 1])
  })

  for (const [what, status, body] of [
    ['401', 401, ''],
    ['403', 403, '{"kind":"Status","reason":"Forbidden","message":"User \\"a\\" cannot watch resource \\"pods\\""}'],
    ['404', 404, '404 page not found'],
  ] as const) {
    test(`throws ${what}`, async () => {
      await assert.rejects(played({ streams: [{ status, body }, []] }), (error: unknown) => {
        assert.ok(error instanceof KubeError)
        return error.status === status
      })
    })
  }

  test('throws the list that was refused', async () => {
    const refused = new KubeError({ act: 'list', status: 403, body: 'no' })
    await assert.rejects(played({ lists: [refused], streams: [] }), refused)
  })

  test('lists again where the first list broke', async () => {
    const { events, lists } = await played({ lists: [new Error('ECONNRESET'), [object('a', '1')]], streams: [[]] })
    assert.deepEqual([told(events), lists], [['synced a'], 2])
  })

  test('gives up a stream that died without a sound, and goes on', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const running = played({ streams: ['silent', [line('ADDED', object('a', '101'))]] })
      for (let turn = 0; turn < 20; turn += 1) {
        await new Promise((done) => setImmediate(done))
        mock.timers.tick(10_000)
      }
      const { events, opened } = await running
      assert.deepEqual(told(events), ['synced ', 'applied a'])
      assert.deepEqual(opened, ['100', '100', '101'])
    } finally {
      mock.timers.reset()
    }
  })

  test('tells nothing once its signal has aborted', async () => {
    const source = { act: 'watch', signal: AbortSignal.abort(), list: () => assert.fail(), open: () => assert.fail() }
    for await (const event of watchEvents(source)) assert.fail(event.type)
  })
})
