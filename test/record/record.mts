import { mkdir, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { judge } from '../../lib/health/judge.mts'
import { wantsLogs } from '../../lib/health/logs.mts'
import type { Snapshot } from '../../lib/health/health.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { Door, Scene } from './live.mts'
import { STORIES } from './stories.mts'
import type { Moment, Story } from './story.mts'
import { trimmed, type Disguise } from './trim.mts'

// Plays stories on the cluster of KUBECONFIG, each in a namespace of its own, and keeps what its watches say at
// telling moments: `KUBECTL=… node test/record/record.mts [story …]`.

const OUT = new URL('../fixtures/snapshots/', import.meta.url)
const LIMIT_MS = 150_000
const names = process.argv.slice(2)
const lastTold = new Map<string, string>()

await using door = await Door.open(process.env['KUBECTL'] ?? 'kubectl')
const chosen = Object.entries<Story>(STORIES).filter(([name]) => names.length === 0 || names.includes(name))
const disguise = await disguiseOf(door)
for (let first = 0; first < chosen.length; first += 4) {
  const few = chosen.slice(first, first + 4).map(([name, story]) => play(door, name, story))
  for (const played of await Promise.allSettled(few)) if (played.status === 'rejected') fail(played.reason)
}

function fail(reason: unknown): void {
  console.error(`✖ ${String(reason)}`)
  process.exitCode = 1
}

async function play(door: Door, name: string, story: Story): Promise<void> {
  const namespace = `rec-${name}`
  await makeNamespace(door, namespace, story.labels ?? {})
  const changed = Promise.withResolvers<void>()
  const scene = new Scene(() => changed.resolve())
  await scene.follow(door, namespace)
  for (const object of story.before ?? []) await apply(door, namespace, object)
  let judged = { since: Date.now(), subject: await apply(door, namespace, story.subject) }
  await rm(new URL(`${name}/`, OUT), { recursive: true, force: true })
  await mkdir(new URL(`${name}/`, OUT), { recursive: true })
  try {
    for (const [index, moment] of story.moments.entries()) {
      await reached(scene, moment, name, (snapshot) => tell(name, judged, snapshot))
      await keep(door, scene, disguise, { name, index, moment, judged })
      for (const object of moment.then ?? []) {
        const since = Date.now()
        const subject = await apply(door, namespace, object)
        if (subject.kind === judged.subject.kind) judged = { since, subject }
      }
    }
    console.error(`✔ ${name}`)
  } finally {
    scene.end()
    await door.ask('DELETE', `/api/v1/namespaces/${namespace}`)
  }
}

/** One line for each change of verdict, with its time: how fast the judges are on a real cluster. */
function tell(name: string, judged: Kept['judged'], snapshot: Snapshot): void {
  const health = judge({ object: judged.subject, since: judged.since - 1_000 }, snapshot)
  const words = health.state === 'doomed' ? `doomed ${health.cause.code}` : `${health.state} ${health.detail}`
  if (lastTold.get(name) === words) return
  lastTold.set(name, words)
  console.error(`  ${name} ${((snapshot.at - judged.since) / 1000).toFixed(1)} s: ${words}`)
}

async function reached(scene: Scene, moment: Moment, name: string, told: (snapshot: Snapshot) => void): Promise<void> {
  const end = Date.now() + LIMIT_MS
  while (!moment.when(scene.snapshot())) {
    told(scene.snapshot())
    if (Date.now() > end) throw new Error(`Cannot keep ${name}: its moment ${moment.name} did not come`)
    await pause(25)
  }
}

interface Kept {
  name: string
  index: number
  moment: Moment
  judged: { since: number; subject: Live }
}

async function keep(
  door: Door,
  scene: Scene,
  disguise: Disguise,
  { name, index, moment, judged }: Kept,
): Promise<void> {
  const snapshot = scene.snapshot()
  const { subject, since } = judged
  const logTails = await logsOf(door, snapshot, judged)
  const about = {
    story: name,
    moment: moment.name,
    since,
    subject: { uid: subject.metadata.uid, generation: subject.metadata.generation ?? 0 },
  }
  const recording = trimmed({ ...snapshot, logTails }, about, disguise)
  const file = new URL(`${name}/${index + 1}-${moment.name}.json`, OUT)
  await writeFile(file, `${JSON.stringify(recording, undefined, 1)}\n`)
}

async function logsOf(door: Door, snapshot: Snapshot, judged: Kept['judged']): Promise<Map<string, string[]>> {
  const tails = new Map<string, string[]>()
  for (const want of wantsLogs(snapshot, [{ object: judged.subject, since: judged.since }])) {
    const query = `container=${want.container}&tailLines=20&previous=${want.previous}`
    const answer = await door.ask('GET', `/api/v1/namespaces/${want.namespace}/pods/${want.pod}/log?${query}`)
    const lines = answer.ok ? (await answer.text()).split('\n').filter((line) => line !== '') : []
    tails.set(`${want.uid}/${want.container}${want.previous ? '/previous' : ''}`, lines)
  }
  return tails
}

async function makeNamespace(door: Door, name: string, labels: Record<string, string>): Promise<void> {
  while ((await door.ask('GET', `/api/v1/namespaces/${name}`)).ok) {
    await door.ask('DELETE', `/api/v1/namespaces/${name}`)
    await pause(500)
  }
  await door.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
  const account = `/api/v1/namespaces/${name}/serviceaccounts/default`
  while (!(await door.ask('GET', account)).ok) await pause(100)
}

async function apply(door: Door, namespace: string, object: KubeObject): Promise<Live> {
  const group = object.apiVersion.includes('/') ? `apis/${object.apiVersion}` : `api/${object.apiVersion}`
  const plural = object.kind === 'Ingress' ? 'ingresses' : `${object.kind.toLowerCase()}s`
  const path = `/${group}/namespaces/${namespace}/${plural}/${object.metadata.name}?fieldManager=record&force=true`
  const answer = await door.ask('PATCH', path, object, 'application/apply-patch+yaml')
  if (!answer.ok) throw new Error(`Cannot apply ${object.kind}: ${await answer.text()}`)
  return (await answer.json()) as Live
}

async function disguiseOf(door: Door): Promise<Disguise> {
  const nodes = (await (await door.ask('GET', '/api/v1/nodes')).json()) as { items: Live[] }
  const node = nodes.items[0]?.metadata.name ?? hostname()
  return [
    [new RegExp(`(nodeName":"|selected-node":"|assigned [^ ]+ to |node/)${node}\\b`, 'g'), '$1node-1'],
    [/"hostIP":"[^"]*"/g, '"hostIP":"192.0.2.1"'],
    [/127\.0\.0\.1:5000/g, 'registry.test'],
  ]
}
