import { Scribe } from './said.mts'
import type { Said } from './said.mts'
import { spokenOf } from './talk.mts'
import type { Ask, Talk } from './talk.mts'
import type { Answered, Wire } from './wire.mts'

interface Learned {
  uid: string
  version: string
  continue: string
  last: unknown
}

/** Has the talk with a server in this namespace, which is made before and removed after; what it said to each request. */
export async function converse(wire: Wire, namespace: string, { asks, after = [] }: Talk): Promise<Said[]> {
  const scribe = new Scribe(namespace)
  const learned: Learned = { uid: '', version: '', continue: '', last: undefined }
  await home(wire, 'POST', namespace)
  try {
    const said: Said[] = []
    for (const ask of asks) {
      const answered = await patient(wire, ask, namespace, learned)
      learn(learned, answered)
      said.push(scribe.write(answered))
    }
    return said
  } finally {
    for (const ask of after) await patient(wire, ask, namespace, learned)
    await home(wire, 'DELETE', namespace)
  }
}

async function home(wire: Wire, method: 'POST' | 'DELETE', namespace: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  const root = '/api/v1/namespaces'
  if (method === 'DELETE') return void (await wire.ask({ method, path: `${root}/${namespace}` }))
  await wire.ask({ method, path: root, type: 'application/json', body: JSON.stringify(object) })
}

const TRIES = 50

/** Until the server has noticed what it has to, which it does in its own time. */
async function patient(wire: Wire, ask: Ask, namespace: string, learned: Learned): Promise<Answered> {
  const speak = (text: string): string =>
    text
      .replaceAll('NAMESPACE', namespace)
      .replaceAll('$uid', learned.uid)
      .replaceAll('$version', learned.version)
      .replaceAll('$continue', encodeURIComponent(learned.continue))
  const asking = spokenOf(ask, speak, learned.last)
  for (let tries = 1; ; tries += 1) {
    const answered = await wire.ask(asking)
    const early = /serviceaccount \\"default\\" not found/.test(answered.body)
    const { status, warnings } = answered
    const unmoved = ask.soon !== undefined && status < 400 && (ask.soon === 'refused' || warnings.length === 0)
    // A controller's write in between is not this talk's matter.
    const overtaken =
      ask.over !== undefined && ask.over['metadata'] === undefined && answered.body.includes('has been modified')
    if (tries === TRIES || (!early && !unmoved && !overtaken)) return answered
    if (unmoved) await wire.ask({ method: 'DELETE', path: undone(asking.path, answered.body) })
    if (overtaken) {
      const [path = ''] = asking.path.split('?')
      const live = JSON.parse((await wire.ask({ method: 'GET', path })).body) as unknown
      asking.body = spokenOf(ask, speak, live).body
    }
  }
}

function undone(path: string, body: string): string {
  const [bare = ''] = path.split('?')
  const { metadata } = JSON.parse(body) as { metadata: { name: string } }
  return bare.endsWith(`/${metadata.name}`) ? bare : `${bare}/${metadata.name}`
}

function learn(learned: Learned, { type, body }: Answered): void {
  if (type !== 'application/json') return
  const first = (body.split('\n')[0] ?? '') || '{}'
  const found = JSON.parse(first) as { metadata?: Record<string, string> }
  learned.last = found
  const { uid, resourceVersion, continue: token } = found.metadata ?? {}
  if (uid !== undefined) learned.uid = uid
  if (resourceVersion !== undefined) learned.version = resourceVersion
  if (token !== undefined) learned.continue = token
}
