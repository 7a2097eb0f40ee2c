import { refOf } from '../kube/object.mts'
import { causeOf } from './cause.mts'
import { findingOf } from './container.mts'
import { saidOf, warningsOf } from './event.mts'
import { gravest, type Finding } from './finding.mts'
import type { Health, Snapshot } from './health.mts'
import { migrationStep } from './migration.mts'
import { unmountedOf } from './mounting.mts'
import { doomed, progressing, ready } from './say.mts'
import { unscheduledOf } from './scheduling.mts'
import { conditionOf, text, type Pod } from './seen.mts'
import { steadyOf } from './steady.mts'
import { viewsOf, type View } from './view.mts'
import { oneLine } from './words.mts'

/** How one pod stands: ready, at which step it is, or what it dies of. */
export function judgePod(pod: Pod, snapshot: Snapshot, since: number): Health {
  const views = viewsOf(pod, snapshot, since)
  const running = migrationStep(views)
  // A Job's pod is Ready while it works: nobody asks it anything.
  if (conditionOf(pod, 'Ready')?.status === 'True')
    return running === undefined ? steadyOf(views) : progressing(running)
  if (pod.status?.phase === 'Succeeded') return ready('completed')
  const finding = gravest([
    lostOf(pod, snapshot),
    unscheduledOf(pod, snapshot),
    ...views.map((view) => findingOf(view)),
    unmountedOf(pod, snapshot),
  ])
  if (finding?.grade === 'doomed') return doomed(finding.cause)
  if (finding !== undefined) return progressing(running ?? finding.step, finding.cause)
  return progressing(running ?? afterMigration(views, stepOf(pod, views, snapshot)))
}

/** A pod that its node gave up (evicted, shut down): its owner makes another. */
function lostOf(pod: Pod, snapshot: Snapshot): Finding | undefined {
  const reason = text(pod.status?.reason)
  if (pod.status?.phase !== 'Failed' || reason === '') return undefined
  const says = `Cannot keep pod ${pod.metadata.name}: ${reason}: ${oneLine(text(pod.status.message))}`
  const facts = { namespace: pod.metadata.namespace ?? '', at: refOf(pod) }
  const cause = causeOf({ code: 'crash-loop', next: 'describe' }, facts, says, warningsOf(snapshot, pod))
  return { grade: 'trouble', cause, step: 'waiting for another pod' }
}

function stepOf(pod: Pod, views: readonly View[], snapshot: Snapshot): string {
  if (conditionOf(pod, 'PodScheduled')?.status !== 'True') return 'waiting for a node'
  const current = views.find(({ status }) => status.ready !== true && status.state?.terminated?.exitCode !== 0)
  if (current === undefined) return views.length === 0 ? 'creating containers' : 'starting'
  if (current.status.state?.running != null) return current.role === 'init' ? `running ${current.name}` : 'starting'
  return isPulling(pod, snapshot) ? 'pulling image' : 'creating containers'
}

// A short migration begins and ends between two looks of the kubelet: that it ran is said all the same.
function afterMigration(views: readonly View[], step: string): string {
  const done = views.find(({ role, status }) => role === 'migration' && status.state?.terminated?.exitCode === 0)
  return done === undefined ? step : `${done.name} done, ${step}`
}

function isPulling(pod: Pod, snapshot: Snapshot): boolean {
  const pulling = saidOf(snapshot, pod, /^Pulling$/)
  const pulled = saidOf(snapshot, pod, /^(Pulled|Failed)$/)
  return pulling !== undefined && (pulled === undefined || pulled.at < pulling.at)
}
