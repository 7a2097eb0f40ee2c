import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { formatRef, refOf } from '../../lib/kube/object.mts'
import type { Lease } from '../../lib/kube/schema/types.mts'
import { PROCESS_ANNOTATION, RECORD_LABEL } from '../../lib/marks.mts'
import type { ActingScript } from './bodies.mts'
import type { Trial } from './trial.mts'

const LEASE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'shop', name: 'landfall-shop' }

/** A write that stays: a dry run and a review do not. */
export function isWrite({ method, path }: { method: string; path: string }): boolean {
  return method !== 'GET' && !path.includes('dryRun=All') && !path.includes('/selfsubject')
}

/**
 * A moment of death: at the last of so many writes, or at the so-manieth read that follows it. It is not told by the number
 * of the request: how often is read meanwhile is a matter of the clock.
 */
export interface Death {
  readonly writes: number
  /** 0: at the write itself. */
  readonly reads: number
  readonly when: 'before' | 'after'
}

/** Whether this is the moment; where fewer reads are made than were planned, the next write is, before it is done. */
function momentOf(death: Death): (asked: { method: string; path: string }) => 'before' | 'after' | 'not-yet' {
  let [writes, reads] = [0, 0]
  return (asked) => {
    if (isWrite(asked)) [writes, reads] = [writes + 1, 0]
    else reads += 1
    if (writes > death.writes) return 'before'
    return writes === death.writes && reads === death.reads ? death.when : 'not-yet'
  }
}

/** Runs a script that dies at that moment, and returns once nothing of it is left but what it had done. */
export async function killedRun(
  trial: Trial,
  { script, args, death }: { script: ActingScript; args: readonly string[]; death: Death },
): Promise<'died' | 'ended'> {
  let dead = false
  const user = trial.nextUser()
  const { promise: died, resolve } = Promise.withResolvers<'died'>()
  const kill = (): void => {
    run.kill()
    resolve('died')
  }
  const moment = momentOf(death)
  trial.server.setFaults((faced) => {
    if (faced.user !== user) return { do: 'pass' }
    if (dead) return { do: 'stop-before' }
    const when = moment(faced)
    if (when === 'not-yet') return { do: 'pass' }
    dead = true
    return { do: 'die', when, kill }
  })
  const run = trial.begin(script, args)
  const state = await Promise.race([died, run.ended.then(() => 'ended' as const)])
  bury(trial)
  return state
}

/** The process that the lock names is gone from this machine; here it is this very one, under another start time. */
export function bury(trial: Trial): void {
  const left = trial.store.get<Lease & Live>(LEASE)
  if (left === undefined || (left.spec?.holderIdentity ?? '') === '') return
  const mark = left.metadata.annotations?.[PROCESS_ANNOTATION] ?? ''
  const annotations = { ...left.metadata.annotations, [PROCESS_ANNOTATION]: mark.replace(/\/\d+$/, '/1') }
  trial.store.put({ ...left, metadata: { ...left.metadata, annotations } })
}

/** What was lost if it became another one: volumes, Secrets, what holds them, the namespace around them. */
const DATA = ['Namespace', 'Secret', 'PersistentVolumeClaim', 'PersistentVolume', 'StatefulSet']
const GROUPS: Readonly<Record<string, string>> = {
  StatefulSet: 'apps/v1',
  Deployment: 'apps/v1',
  Job: 'batch/v1',
  Lease: 'coordination.k8s.io/v1',
}

/** `Kind/namespace/name uid` of everything that holds data. */
export function dataIn({ store }: Trial): string[] {
  return DATA.flatMap((kind) => store.list(kindOf(kind)))
    .map((object) => `${formatRef(refOf(object))} ${object.metadata.uid}`)
    .sort()
}

function kindOf(kind: string): { apiVersion: string; kind: string } {
  return { apiVersion: GROUPS[kind] ?? 'v1', kind }
}

/** What is there of the stack, by name and by what was declared: equal whenever two ways led to the same. */
export function declaredIn({ store }: Trial): string[] {
  const kinds = [
    'Namespace',
    'Secret',
    'ConfigMap',
    'Service',
    'StatefulSet',
    'Deployment',
    'Job',
    'PersistentVolumeClaim',
  ]
  return kinds
    .flatMap((kind) => store.list(kindOf(kind)))
    .filter(({ metadata }) => metadata.labels?.[RECORD_LABEL] === undefined)
    .map((object) => `${formatRef(refOf(object))} ${JSON.stringify(declared(object))}`)
    .sort()
}

function declared(object: KubeObject): unknown {
  const { spec, data } = object as KubeObject & { spec?: Record<string, unknown>; data?: unknown }
  if (object.kind === 'Deployment' || object.kind === 'StatefulSet') return spec?.['template']
  // An address is given, not declared; a claim's volume is named after its uid.
  return object.kind === 'Service' ? spec?.['selector'] : data
}

/** Numbers of the release records, oldest first. */
export function recordsIn({ store }: Trial): number[] {
  return store
    .list({ apiVersion: 'v1', kind: 'ConfigMap' })
    .filter(({ metadata }) => metadata.labels?.[RECORD_LABEL] !== undefined)
    .map(({ metadata }) => Number(/\d+$/.exec(metadata.name)?.[0]))
    .sort((a, b) => a - b)
}

/** The schema revision that the newest record tells. */
export function schemaIn(trial: Trial): string | undefined {
  const name = `landfall-shop-${recordsIn(trial).at(-1) ?? 0}`
  const record = trial.store.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name })
  return record?.metadata.annotations?.['landfall.dev/schema']
}

/** Who holds the lock; empty where it was given back. */
export function holderIn({ store }: Trial): string {
  return store.get<Lease & Live>(LEASE)?.spec?.holderIdentity ?? ''
}

/** The image that the API's ready pods run. */
export function servingIn({ store }: Trial): string[] {
  return store
    .list<KubeObject & Live & { status?: { conditions?: { type: string; status: string }[] } }>({
      apiVersion: 'v1',
      kind: 'Pod',
    })
    .filter(
      ({ metadata, status }) =>
        metadata.labels?.['app'] === 'api' && metadata.deletionTimestamp === undefined && isReady(status),
    )
    .map((pod) => (pod as { spec?: { containers?: { image?: string }[] } }).spec?.containers?.[0]?.image ?? '')
}

function isReady(status: { conditions?: { type: string; status: string }[] } | undefined): boolean {
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false
}
