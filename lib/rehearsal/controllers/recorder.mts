import { createHash } from 'node:crypto'
import type { KubeObject, Live } from '../../kube/object.mts'
import type { Event } from '../../kube/schema/types.mts'
import type { Store, Time } from '../store.mts'
import { stamp } from './naming.mts'

/** What somebody says about an object. */
export interface Said {
  about: KubeObject
  type?: 'Normal' | 'Warning'
  reason: string
  message: string
  /** Who says it: kubelet, deployment-controller. */
  by: string
  /** Of the container that is meant: `spec.containers{api}`. */
  field?: string
}

// client-go's correlator: so many alike in ten minutes, and the rest is told as one (tools/record/events_cache.go).
const MOST_ALIKE = 9

/** Keeps events as the API server's clients do: the same words again are counted, many alike become one. */
export function recorder(store: Store, time: Time): (said: Said) => void {
  const alike = new Map<string, Set<string>>()
  return (said) => {
    const group = [said.about.metadata.uid, said.field, said.type, said.reason, said.by].join('/')
    const messages = alike.get(group) ?? new Set<string>()
    alike.set(group, messages)
    const isOneOfMany = !messages.has(said.message) && messages.size >= MOST_ALIKE
    if (!isOneOfMany) messages.add(said.message)
    const message = isOneOfMany ? `(combined from similar events): ${said.message}` : said.message
    const identity = isOneOfMany ? `${group}/combined` : `${group}/${said.message}`
    store.put(eventOf({ ...said, message }, identity, { store, now: stamp(time.now()) }))
  }
}

function eventOf(said: Said, identity: string, { store, now }: { store: Store; now: string }): Event {
  const { about } = said
  const namespace = about.metadata.namespace ?? 'default'
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16)
  const name = `${about.metadata.name}.${hash}`
  const known: Live<Event> | undefined = store.get({ apiVersion: 'v1', kind: 'Event', namespace, name })
  if (known !== undefined) return { ...known, message: said.message, count: (known.count ?? 1) + 1, lastTimestamp: now }
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: involved(said),
    reason: said.reason,
    message: said.message,
    source: { component: said.by },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type: said.type ?? 'Normal',
    reportingComponent: said.by,
    reportingInstance: '',
  }
}

function involved({ about, field }: Said): Event['involvedObject'] {
  const { namespace, name, uid, resourceVersion } = about.metadata
  return {
    kind: about.kind,
    apiVersion: about.apiVersion,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(field === undefined ? {} : { fieldPath: field }),
  }
}
