import type { KubeObject, Live } from '../../kube/object.mts'
import type { Node, Pod } from '../../kube/schema/types.mts'
import { answerFor, type Answer } from '../stage/script.mts'
import { isFinished, isLeaving } from './owning.mts'
import { PodActor } from './podactor.mts'
import { at, KINDS, type World } from './world.mts'

/** A pod by its names. */
export interface PodRef {
  namespace: string
  name: string
}

/** The kubelet of every node, and what can be asked of it. */
export interface Kubelet extends Disposable {
  /** The lines of a container's log so far; those of the run before with `previous`; undefined where there is none. */
  logs: (pod: Pick<KubeObject, 'metadata'>, container: string, previous: boolean) => readonly string[] | undefined
  /** What the pod answers now to an HTTP request at this port; undefined where nobody listens. */
  ask: (pod: PodRef, port: number, path: string) => Answer | undefined
}

export function startKubelet(world: World): Kubelet {
  const actors = new Map<string, PodActor>()
  const images = new Map<string, Set<string>>()
  let turn = 1
  const arrive = (pod: Live<Pod>, node: string): void => {
    const pulled = images.get(node) ?? new Set<string>()
    images.set(node, pulled)
    turn += 1
    const podIP = `10.244.${Math.floor(turn / 250)}.${(turn % 250) + 2}`
    const actor = new PodActor(world, pod, { pulled, podIP, hostIP: addressOf(world, node) })
    actors.set(pod.metadata.uid, actor)
    // Never in the midst of a change: who listens after us would hear of ours first.
    actor.later(0, () => actor.begin())
  }
  const hear = (pod: Live<Pod>): void => {
    const { uid } = pod.metadata
    const node = pod.spec?.nodeName
    const actor = actors.get(uid)
    if (isLeaving(pod)) actor?.later(0, () => actor.stop())
    else if (node !== undefined && actor === undefined && !isFinished(pod)) arrive(pod, node)
  }
  const forget = ({ metadata: { uid } }: Live): void => {
    actors.get(uid)?.[Symbol.dispose]()
    actors.delete(uid)
  }
  const stop = world.store.listen(({ type, object }) => {
    if (object.kind !== KINDS.Pod.kind) return
    if (type === 'DELETED') forget(object)
    else hear(object as Live<Pod>)
  })
  for (const pod of world.store.list<Pod>(KINDS.Pod)) hear(pod)
  const actorOf = ({ namespace, name }: PodRef): PodActor | undefined =>
    actors.get(world.store.get(at(KINDS.Pod, namespace, name))?.metadata.uid ?? '')
  return {
    logs: (pod, container, previous) => {
      const run = actors.get(pod.metadata.uid ?? '')?.runs.find(({ name }) => name === container)
      if (run === undefined || run.runs < (previous ? 2 : 1)) return undefined
      return previous ? run.previousLog : run.log
    },
    ask: (pod, port, path) => {
      const run = actorOf(pod)?.runs.find(({ spec }) => spec.ports?.some(({ containerPort }) => containerPort === port))
      if (run?.state.running === undefined || !run.health.ok) return undefined
      const answer = answerFor(run.script, path) ?? NOTHING_THERE
      return { ...answer, body: filled(answer.body, world.stage.state) }
    },
    [Symbol.dispose]: () => {
      stop()
      for (const actor of actors.values()) actor[Symbol.dispose]()
      actors.clear()
    },
  }
}

function addressOf({ store }: World, name: string): string {
  const node = store.get<Node>(at(KINDS.Node, undefined, name))
  return node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '192.0.2.1'
}

const NOTHING_THERE: Answer = { path: '/', status: 404, type: 'text/plain', body: 'not found' }

function filled(body: string, state: ReadonlyMap<string, string>): string {
  return body.replaceAll(/\{(\w+)\}/g, (whole, name: string) => state.get(name) ?? whole)
}
