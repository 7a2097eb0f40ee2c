import type { Snapshot } from '../../lib/health/health.mts'
import { list, text, type ContainerStatus, type Deployment, type Pod } from '../../lib/health/seen.mts'

/** Everything that a cluster says in the moments of a story, one sentence each, without names that chance made. */
export function sayingsOf(snapshots: readonly Snapshot[]): Set<string> {
  const sayings = snapshots.flatMap((snapshot) => [
    ...snapshot.events.map(({ kind, type, reason, message }) => `event ${kind} ${type} ${reason}: ${message}`),
    ...snapshot.objects.flatMap((object) => conditionsOf(object.kind, object as Deployment)),
    ...snapshot.objects.flatMap((object) => (object.kind === 'Pod' ? containersOf(object as Pod) : [])),
  ])
  return new Set(sayings.map((saying) => anonymous(saying)))
}

function conditionsOf(kind: string, { status }: Deployment): string[] {
  return list(status?.conditions).map(
    ({ type, status, reason = '', message = '' }) => `condition ${kind} ${type}=${status} ${reason}: ${message}`,
  )
}

function containersOf({ status }: Pod): string[] {
  const statuses = [...list(status?.initContainerStatuses), ...list(status?.containerStatuses)]
  return [
    `phase ${status?.phase}`,
    ...statuses.flatMap((one) => [stateOf(one, one.state), stateOf(one, one.lastState)]),
  ]
}

function stateOf({ name }: ContainerStatus, state: ContainerStatus['state']): string {
  const { waiting, running, terminated } = state ?? {}
  if (waiting != null) return `container ${name} waits ${waiting.reason}: ${text(waiting.message)}`
  if (running != null) return `container ${name} runs`
  if (terminated == null) return `container ${name} no state`
  const last = text(terminated.message).trim().split('\n').at(-1) ?? ''
  return `container ${name} ended ${terminated.exitCode} ${terminated.reason}: ${last}`
}

const CHANCE: readonly (readonly [RegExp, string])[] = [
  [/registry\.test\/record\//g, ''],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'UID'],
  [/\b10\.244\.\d+\.\d+/g, 'IP'],
  [/\b(api|postgres|store)-[bcdf4-9]{4,10}(-[a-z0-9]{5})?/g, '$1-HASH$2'],
  [/-HASH-[a-z0-9]{5}/g, '-HASH-SUFFIX'],
  [/\b(minio-init-bucket-7d9f|import)-[a-z0-9]{5}\b/g, '$1-SUFFIX'],
]

function anonymous(saying: string): string {
  return CHANCE.reduce((text, [pattern, stands]) => text.replaceAll(pattern, stands), saying)
}
