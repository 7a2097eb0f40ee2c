import { DeployError } from '../../error.mts'
import { templateOf } from '../../kube/containers.mts'
import type { Cluster } from '../../kube/cluster.mts'
import { formatRef, refOf } from '../../kube/object.mts'
import type { Live } from '../../kube/object.mts'
import type { Namespace } from '../../kube/schema/types.mts'
import type { Report } from '../../report/report.mts'
import type { Clock } from '../clock.mts'
import { mapLimit } from '../parallel.mts'
import { watchGoing } from './seen.mts'
import type { Seen } from './seen.mts'
import type { Going, Node } from './types.mts'

export interface Removal {
  stack: string
  graph: readonly Node[]
  objects: readonly Going[]
  clock: Clock
  /** Ends with the clock, the lock or the operator. */
  signal: AbortSignal
  report: Report
}

/**
 * Deletes the objects in reverse order of their components, each once all that need it are gone, and returns when the
 * watches have seen every one of them go, and the pods. Deletes by uid: a namesake that comes meanwhile is left alone.
 * Errors: `out-of-time` with what each object that is left waits for.
 */
export async function removeAll(cluster: Cluster, removal: Removal): Promise<void> {
  const { stack, graph, objects, signal } = removal
  if (objects.length === 0) return
  await using seen = await watchGoing(cluster, { stack, objects: objects.map(({ live }) => live) }, signal)
  const ends = new Map<string, Promise<void>>()
  const names = [...new Set(objects.map(({ component }) => component))]
  const end = (name: string): Promise<void> => {
    const known = ends.get(name)
    if (known !== undefined) return known
    const users = graph.filter(({ needs }) => needs.includes(name)).map((node) => node.name)
    // What no component names any more may use any of them.
    const first = names.filter((other) => !graph.some((node) => node.name === other))
    const before = graph.some((node) => node.name === name) ? [...users, ...first] : []
    const ended = Promise.all(before.map(end)).then(() => removeComponent(cluster, name, seen, removal))
    ends.set(name, ended)
    return ended
  }
  try {
    await Promise.all([...graph.map((node) => node.name), ...names].map(end))
    while (seen.pods().length > 0) await seen.changed()
  } catch (error) {
    throw stillThere(error, seen, removal)
  }
}

async function removeComponent(cluster: Cluster, name: string, seen: Seen, removal: Removal): Promise<void> {
  const { signal, report, clock } = removal
  const own = removal.objects.filter(({ component }) => component === name)
  if (own.length === 0) return
  const left = (): Going[] => own.filter(({ live }) => seen.has(live.metadata.uid))
  const tell = (state: 'ready' | 'progressing', detail: string): void =>
    report.component(name, { state, detail, since: clock.elapsed() })
  tell('progressing', `0 of ${own.length} gone`)
  await mapLimit(left(), 4, ({ live }) => removeOne(cluster, seen.latest(live), signal))
  for (let rest = left(); rest.length > 0; rest = left()) {
    const [first] = rest
    const waits = first === undefined ? undefined : waitsFor(seen.latest(first.live), seen)
    tell('progressing', `${own.length - rest.length} of ${own.length} gone${waits === undefined ? '' : `; ${waits}`}`)
    await seen.changed()
  }
  tell('ready', own.length === 1 ? 'gone' : `${own.length} gone`)
}

/** In the foreground where pods hang on it: then it is gone only when they are. */
async function removeOne(cluster: Cluster, live: Live, signal: AbortSignal): Promise<void> {
  const { deletionTimestamp, uid } = live.metadata
  if (deletionTimestamp !== undefined) return
  const propagation = templateOf(live) === undefined ? 'Background' : 'Foreground'
  await cluster.remove(refOf(live), { uid, propagation, signal })
}

const FOREGROUND = 'foregroundDeletion'

/** What keeps an object that is on its way out; undefined where nothing is known to. */
function waitsFor(live: Live, seen: Seen): string | undefined {
  const { finalizers = [], namespace, deletionTimestamp } = live.metadata
  if (deletionTimestamp === undefined) return undefined
  const ref = formatRef(refOf(live))
  const said = live.kind === 'Namespace' ? contentOf(live as Live<Namespace>) : undefined
  if (said !== undefined) return `${ref} waits: ${said}`
  const others = finalizers.filter((name) => name !== FOREGROUND)
  if (others.length > 0) return `${ref} waits for its finalizer ${others.join(', ')}`
  const pods = finalizers.includes(FOREGROUND) ? seen.pods(namespace).filter((pod) => isPodOf(pod, live)) : []
  const held = pods.map(heldPod).find((words) => words !== undefined)
  return held ?? (finalizers.length > 0 ? `${ref} waits for its pods` : undefined)
}

/** What a namespace says that is still in it. */
function contentOf({ status }: Live<Namespace>): string | undefined {
  const told = (status?.conditions ?? []).filter((one) => one.status === 'True' && (one.message ?? '') !== '')
  return told.length === 0 ? undefined : told.map(({ message }) => message).join('; ')
}

function notYet(live: Live): string {
  const ref = formatRef(refOf(live))
  return live.metadata.deletionTimestamp === undefined
    ? `${ref} has not had its turn: what needs it is still there`
    : `${ref} is being deleted`
}

// A Deployment's pods belong to a ReplicaSet that is named after it and their own template's hash.
function isPodOf({ metadata }: Live, { metadata: { uid, name } }: Live): boolean {
  const through = `${name}-${metadata.labels?.['pod-template-hash'] ?? ''}`
  return metadata.ownerReferences?.some((owner) => owner.uid === uid || owner.name === through) === true
}

function heldPod(pod: Live): string | undefined {
  const { deletionTimestamp, finalizers = [] } = pod.metadata
  if (deletionTimestamp === undefined) return undefined
  const ref = formatRef(refOf(pod))
  return finalizers.length === 0
    ? `${ref} is terminating, until ${deletionTimestamp} at the latest`
    : `${ref} waits for its finalizer ${finalizers.join(', ')}`
}

/** When the time is up, what is left is the news. */
function stillThere(error: unknown, seen: Seen, { stack, objects, clock }: Removal): unknown {
  if (!(error instanceof DeployError) || error.code !== 'out-of-time') return error
  const left = objects.map(({ live }) => live).filter(({ metadata }) => seen.has(metadata.uid))
  const pods = seen.pods()
  const says = [
    left.length > 0 ? `${left.length} of ${objects.length} objects` : '',
    pods.length > 0 ? `${pods.length} pods` : '',
  ]
  return new DeployError({
    code: 'out-of-time',
    says: `Cannot tear down ${stack} within ${(clock.limit / 1000).toFixed(0)} s: ${says.filter((part) => part !== '').join(' and ')} left`,
    evidence: [
      ...left.map((live) => waitsFor(seen.latest(live), seen) ?? notYet(seen.latest(live))),
      ...pods.flatMap((pod) => heldPod(pod) ?? []),
    ].filter((line, at, all) => all.indexOf(line) === at),
    next: 'the same command again: it goes on where this one stopped. A finalizer is taken off by its controller: see that it runs',
    cause: error,
  })
}
