import type { KubeObject } from '../../kube/object.mts'
import type { Store } from '../store.mts'
import { limitRefusal } from './limits.mts'
import { violations } from './podsecurity.mts'
import type { Level } from './podsecurity.mts'
import { quotaRefusal } from './quota.mts'
import { mapAt } from './setting.mts'
import type { Fields } from './setting.mts'

/** What admission makes of a new object. `why` follows `pods "one" is forbidden: `. */
export type Admission = { state: 'admitted'; warnings: string[] } | { state: 'refused'; why: string }

/**
 * Lets a new object in or not: LimitRange (which also fills in requests and limits, in place), ServiceAccount, Pod
 * Security and quotas of its namespace. Controllers that make pods ask here too, for the words of their FailedCreate.
 */
export function admitNew(store: Store, object: KubeObject): Admission {
  const why = object.kind === 'Pod' && object.apiVersion === 'v1' ? podRefusal(store, object) : undefined
  const refused = why ?? quotaRefusal(store, object)
  return refused === undefined
    ? { state: 'admitted', warnings: warningsFor(store, object) }
    : { state: 'refused', why: refused }
}

function podRefusal(store: Store, pod: KubeObject): string | undefined {
  return limitRefusal(store, pod) ?? accountRefusal(store, pod) ?? securityRefusal(store, pod)
}

/** The account `default` comes with each namespace, if a little later. */
function accountRefusal(store: Store, { metadata: { namespace = '' }, ...pod }: KubeObject): string | undefined {
  const name = mapAt(pod, 'spec')['serviceAccountName']
  if (typeof name !== 'string' || name === 'default') return undefined
  if (store.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name }) !== undefined) return undefined
  return `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`
}

function securityRefusal(store: Store, pod: KubeObject): string | undefined {
  const { level, version } = policy(store, pod, 'enforce')
  const found = violations(mapAt(pod as unknown as Fields, 'spec'), level)
  return found.length === 0 ? undefined : `violates PodSecurity "${level}:${version}": ${found.join(', ')}`
}

/** What the server warns about when a pod or what makes pods is written. */
export function warningsFor(store: Store, object: KubeObject): string[] {
  const spec = podSpecOf(object)
  if (spec === undefined) return []
  const { level, version } = policy(store, object, 'warn')
  const found = violations(spec, level)
  return found.length === 0 ? [] : [`would violate PodSecurity "${level}:${version}": ${found.join(', ')}`]
}

const MAKERS = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'])

function podSpecOf(object: KubeObject): Fields | undefined {
  const spec = mapAt(object as unknown as Fields, 'spec')
  if (object.kind === 'Pod') return spec
  if (!MAKERS.has(object.kind)) return undefined
  const holder = object.kind === 'CronJob' ? mapAt(mapAt(spec, 'jobTemplate'), 'spec') : spec
  return mapAt(mapAt(holder, 'template'), 'spec')
}

function policy(store: Store, object: KubeObject, mode: 'enforce' | 'warn'): { level: Level; version: string } {
  const name = object.metadata.namespace ?? ''
  const labels = store.get({ apiVersion: 'v1', kind: 'Namespace', name })?.metadata.labels ?? {}
  const of = (word: string): string | undefined => labels[`pod-security.kubernetes.io/${word}`]
  // Without a level of its own, what warns follows what is enforced.
  const named = of(mode) ?? (mode === 'warn' ? of('enforce') : undefined)
  const level = named === 'baseline' || named === 'restricted' ? named : 'privileged'
  return { level, version: of(`${mode}-version`) ?? 'latest' }
}
