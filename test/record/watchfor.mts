import type { Snapshot } from '../../lib/health/health.mts'
import {
  conditionOf,
  count,
  list,
  text,
  type ContainerStatus,
  type Deployment,
  type Ingress,
  type Pod,
  type ReplicaSet,
} from '../../lib/health/seen.mts'

// What the stories judge is called so; what it stands on is not.
const JUDGED = new Set(['api', 'store'])

/** Whether a moment has come. */
export type When = (snapshot: Snapshot) => boolean

function containers(snapshot: Snapshot): ContainerStatus[] {
  return podsOf(snapshot).flatMap((pod) => [
    ...list(pod.status?.initContainerStatuses),
    ...list(pod.status?.containerStatuses),
  ])
}

export function podsOf(snapshot: Snapshot): Pod[] {
  return snapshot.objects.filter((object) => object.kind === 'Pod')
}

export const waiting =
  (reason: RegExp, restarts = 0): When =>
  (snapshot) =>
    containers(snapshot).some((c) => reason.test(text(c.state?.waiting?.reason)) && count(c.restartCount) >= restarts)

export const terminated =
  (reason: RegExp, restarts = 0): When =>
  (snapshot) =>
    containers(snapshot).some(
      (c) => reason.test(text(c.state?.terminated?.reason)) && count(c.restartCount) >= restarts,
    )

export const running =
  (name: string, restarts = 0): When =>
  (snapshot) =>
    containers(snapshot).some(
      (c) => c.name === name && c.state?.running !== undefined && count(c.restartCount) >= restarts,
    )

export const event =
  (reason: string, words = /./, times = 1): When =>
  (snapshot) =>
    snapshot.events.some((e) => e.reason === reason && words.test(e.message) && e.count >= times)

export const podReady: When = (snapshot) => podsOf(snapshot).some((pod) => conditionOf(pod, 'Ready')?.status === 'True')

export const unscheduled: When = (snapshot) =>
  podsOf(snapshot).some((pod) => conditionOf(pod, 'PodScheduled')?.status === 'False')

export const unscheduledOrUnbound: When = (snapshot) =>
  snapshot.objects.some((object) => object.kind === 'PersistentVolumeClaim') && podsOf(snapshot).length > 0

export const addressed: When = (snapshot) =>
  snapshot.objects.some((object) => list((object as Ingress).status?.loadBalancer?.ingress).length > 0)

export const terminating: When = (snapshot) =>
  podsOf(snapshot).some((pod) => pod.metadata.deletionTimestamp !== undefined)

export const condition =
  (kind: string, type: string, status = 'True'): When =>
  (snapshot) =>
    snapshot.objects.some((object) => object.kind === kind && conditionOf(object, type)?.status === status)

/** The judged Deployment or StatefulSet is at this generation, and this many of its new pods are available. */
export const available =
  (generation: number, replicas: number): When =>
  (snapshot) =>
    snapshot.objects.some((object) => {
      if (!JUDGED.has(object.metadata.name)) return false
      const { status } = object as Deployment
      const isWorkload = object.kind === 'Deployment' || object.kind === 'StatefulSet'
      const isNew = count(status?.observedGeneration) >= generation && count(status?.updatedReplicas) >= replicas
      return (
        isWorkload && isNew && count(status?.replicas) === replicas && count(status?.availableReplicas) === replicas
      )
    })

export const oldGone: When = (snapshot) => {
  const sets = snapshot.objects.filter((object) => object.kind === 'ReplicaSet') as ReplicaSet[]
  return sets.length > 1 && !terminating(snapshot) && sets.filter((set) => count(set.status?.replicas) > 0).length === 1
}

export const both =
  (a: When, b: When): When =>
  (snapshot) =>
    a(snapshot) && b(snapshot)

/** True once a condition has held for so many seconds. */
export function lasting(when: When, seconds: number): When {
  let from: number | undefined
  return (snapshot) => {
    if (!when(snapshot)) from = undefined
    else from ??= snapshot.at
    return from !== undefined && snapshot.at - from >= seconds * 1000
  }
}

/** Some container's last words are these. */
export const endedSaying =
  (words: RegExp): When =>
  (snapshot) =>
    containers(snapshot).some((c) => words.test(text(c.state?.terminated?.message ?? c.lastState?.terminated?.message)))
