import type { Noted, Snapshot } from '../../lib/health/health.mts'
import type { Live } from '../../lib/kube/object.mts'

/** What a recording says, in the form in which it lies on disk. */
export interface Recording {
  story: string
  moment: string
  at: number
  since: number
  subject: { uid: string; generation: number }
  objects: Live[]
  events: Noted[]
  logTails: Record<string, readonly string[]>
}

/** Words of this machine, and what stands for them in a recording. */
export type Disguise = readonly (readonly [RegExp, string])[]

/** Leaves out what no judge reads (managed fields, tokens, tolerations) and what names this machine. */
export function trimmed(
  snapshot: Snapshot,
  about: Pick<Recording, 'story' | 'moment' | 'since' | 'subject'>,
  disguise: Disguise,
): Recording {
  const recording = {
    ...about,
    at: snapshot.at,
    objects: snapshot.objects.map((object) => trimmedObject(object)),
    events: [...snapshot.events].sort((a, b) => a.at - b.at),
    logTails: Object.fromEntries(snapshot.logTails),
  }
  let text = JSON.stringify(recording)
  for (const [word, stands] of disguise) text = text.replaceAll(word, stands)
  return JSON.parse(text) as Recording
}

const POD_NOISE = new Set([
  'tolerations',
  'schedulerName',
  'enableServiceLinks',
  'preemptionPolicy',
  'priority',
  'dnsPolicy',
  'hostIPs',
  'podIPs',
  'qosClass',
  'kube-api-access',
  'serviceAccount',
  'allocatedResources',
  'user',
  'managedFields',
  'imageID',
])

function trimmedObject(object: Live): Live {
  return pruned(object) as Live
}

function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !isTokenVolume(item)).map((item) => pruned(item))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => !POD_NOISE.has(key))
  return Object.fromEntries(kept.map(([key, child]) => [key, pruned(child)]))
}

function isTokenVolume(item: unknown): boolean {
  return (
    JSON.stringify(item).includes('"name":"kube-api-access') &&
    !JSON.stringify(item).includes('"containerID"') &&
    !JSON.stringify(item).includes('"image"')
  )
}
