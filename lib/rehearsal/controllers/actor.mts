import type { Live } from '../../kube/object.mts'
import type { Pod } from '../../kube/schema/types.mts'
import type { Run } from './run.mts'
import type { World } from './world.mts'

/** How a container ended. */
export interface Ended {
  code: number
  reason?: string | undefined
  message?: string | undefined
  /** The kubelet ended it itself: its books do not know of this end when it decides on the restart. */
  isKill?: boolean
}

/** A pod on its node, as the parts of the kubelet see it. */
export interface Actor {
  world: World
  /** Images that this node has fetched. */
  pulled: Set<string>
  runs: readonly Run[]
  /** The pod as it is stored now; undefined once it is gone or another one bears its name. */
  pod(): Live<Pod> | undefined
  podIP(): string
  /** Whether the pod is on its way out: nothing is started any more. */
  isStopping(): boolean
  publish(): void
  say(run: Run | undefined, type: 'Normal' | 'Warning', reason: string, message: string): void
  /** Does something later, unless the pod is gone by then; with a run, unless that has ended. */
  later(ms: number, act: () => void, run?: Run): void
  /** Makes the container, from its image on. */
  start(run: Run): void
  /** It runs: its probes begin. */
  started(run: Run): void
  /** Takes note of the end of a container and of what follows from it. */
  end(run: Run, ended: Ended): void
  /** Starts what can start by now. */
  next(): void
}
