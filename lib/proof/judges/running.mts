import { containersOf } from '../../kube/containers.mts'
import { formatRef } from '../../kube/object.mts'
import type { KubeObject, Live } from '../../kube/object.mts'
import type { Container, Endpoint, EndpointSlice, Job, Pod } from '../../kube/schema/types.mts'
import type { Changed } from '../../health/fresh.mts'
import type { FreshSpec, JobDoneSpec, MigratedSpec, ServesSpec } from '../spec.mts'
import { failed, passed } from '../verdict.mts'
import type { Verdict } from '../verdict.mts'
import { isNewest, isObserved, isReady, podsOf } from './workload.mts'
import type { Crew } from './workload.mts'

type BackedBy = NonNullable<ServesSpec['backedBy']>

/**
 * Every ready endpoint of the Service is a pod of the workload's newest revision that runs the expected image, and no
 * older one serves on while it drains: what has not heard of its end still asks it (KEP-1672).
 */
export function judgeBacking(spec: BackedBy, slices: readonly EndpointSlice[], crew: Crew | undefined): Verdict {
  const service = formatRef(spec.service)
  if (crew === undefined) return failed(`${formatRef(spec.workload)} is not there`)
  if (!isObserved(crew))
    return failed(`${formatRef(spec.workload)}: its controller has not seen the newest version yet`)
  const serving = servingIn(slices)
  const ready = serving.filter(isReadyEndpoint)
  if (ready.length === 0) return failed(`${service} has no ready endpoint`)
  const own = new Map(podsOf(crew).map((pod) => [pod.metadata.uid, pod]))
  for (const endpoint of ready) {
    const pod = own.get(endpoint.targetRef?.uid ?? '')
    const name = nameOf(endpoint)
    if (pod === undefined) return failed(`${service} leads to ${name}, which is no pod of ${formatRef(spec.workload)}`)
    if (!isNewest(pod, crew)) return failed(`${service} leads to ${name}, a pod of an older version`)
    if (!runs(pod, spec.image)) return failed(`${service} leads to ${name}, which does not run ${spec.image}`)
  }
  const draining = serving.find((endpoint) => !isReadyEndpoint(endpoint) && !leadsToNewest(endpoint, crew))
  if (draining !== undefined)
    return failed(`${service}: ${nameOf(draining)}, of an older version, drains and still serves`)
  return passed(
    `by ${counted(new Set(ready.map(({ targetRef }) => targetRef?.uid)).size, 'pod')} running ${spec.image}`,
  )
}

function nameOf({ targetRef, addresses }: Endpoint): string {
  return targetRef?.name ?? addresses[0] ?? 'an address'
}

/** The endpoints that can answer: those that are ready, and those that drain. */
export function servingIn(slices: readonly EndpointSlice[]): Endpoint[] {
  const drains = ({ conditions }: Endpoint): boolean => conditions?.terminating === true && conditions.serving === true
  return slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter((endpoint) => isReadyEndpoint(endpoint) || drains(endpoint))
}

/** Unset counts as ready (EndpointConditions in discovery.k8s.io/v1). */
function isReadyEndpoint({ conditions }: Endpoint): boolean {
  return conditions?.ready !== false
}

function leadsToNewest({ targetRef }: Endpoint, crew: Crew): boolean {
  const pod = crew.pods.find(({ metadata }) => metadata.uid === targetRef?.uid)
  return pod !== undefined && isNewest(pod, crew)
}

/** The migration container of every serving pod ended with 0. */
export function judgeMigrated(spec: MigratedSpec, crew: Crew | undefined): Verdict {
  if (crew === undefined) return failed(`${formatRef(spec.workload)} is not there`)
  const serving = podsOf(crew).filter(isReady)
  if (serving.length === 0) return failed(`${formatRef(spec.workload)} has no serving pod`)
  const wrong = serving.flatMap((pod) => {
    const trouble = migrationTrouble(pod, spec.container)
    return trouble === undefined ? [] : [`pod ${pod.metadata.name}: ${trouble}`]
  })
  return wrong.length === 0 ? passed(`${spec.container} ended with 0`) : failed(wrong.join('; '))
}

function migrationTrouble({ status }: Pod, container: string): string | undefined {
  const state = status?.initContainerStatuses?.find(({ name }) => name === container)?.state
  if (state === undefined) return `has no init container ${container}`
  if (state.terminated === undefined) return `${container} has not ended`
  const { exitCode } = state.terminated
  return exitCode === 0 ? undefined : `${container} exited ${exitCode}`
}

/** The Job completed, and its containers are the declared ones. */
export function judgeJobDone(
  { job }: JobDoneSpec,
  live: Live<Job> | undefined,
  declared: KubeObject | undefined,
): Verdict {
  const ref = formatRef(job)
  if (live === undefined) return failed(`${ref} is not there`)
  const condition = (type: string) => live.status?.conditions?.find((one) => one.type === type && one.status === 'True')
  const failure = condition('Failed')
  if (failure !== undefined) return failed(`${ref} failed: ${failure.message ?? failure.reason ?? 'no reason given'}`)
  if (condition('Complete') === undefined)
    return failed(`${ref} has not completed: ${live.status?.failed ?? 0} failed pods so far`)
  const other = declared === undefined ? undefined : differentContainer(live, declared as Job)
  return other === undefined ? passed(`${job.name} completed`) : failed(`${ref} completed, but ran another ${other}`)
}

const RUN: readonly (keyof Container)[] = ['image', 'command', 'args', 'env', 'envFrom']

function differentContainer(live: Job, declared: Job): string | undefined {
  const ran = new Map(containersOf(live.spec?.template.spec).map((container) => [container.name, container]))
  for (const wanted of containersOf(declared.spec?.template.spec)) {
    const field = RUN.find((key) => !covers(ran.get(wanted.name)?.[key], wanted[key]))
    if (field !== undefined) return `${field} in container ${wanted.name}`
  }
  return undefined
}

/** Whether all that is wanted is there; the server's defaults may add to it. */
function covers(there: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true
  // The server leaves empty strings out.
  if (wanted === '') return there === undefined || there === ''
  if (typeof wanted !== 'object' || wanted === null) return there === wanted
  if (typeof there !== 'object' || there === null) return false
  const fields = there as Record<string, unknown>
  if (Array.isArray(wanted) && wanted.length !== (Array.isArray(there) ? there.length : -1)) return false
  return Object.entries(wanted).every(([key, value]) => covers(fields[key], value))
}

/** Nothing that the workload's pods read is newer than they are, and all of it is there. */
export function judgeFresh(
  spec: FreshSpec,
  crew: Crew | undefined,
  missing: readonly string[],
  changed: readonly Changed[],
): Verdict {
  if (crew === undefined) return failed(`${formatRef(spec.workload)} is not there`)
  if (missing.length > 0) return failed(`pods of ${spec.workload.name} read ${missing.join(', ')}, not there any more`)
  if (changed.length === 0) return passed('pods have read the newest Secrets and ConfigMaps')
  const news = changed.map(({ ref, at }) => `${formatRef(ref)} got new data at ${at}`)
  return failed(`pods of ${spec.workload.name} are older than what they read: ${news.join('; ')}`)
}

function runs({ spec }: Pod, image: string): boolean {
  return spec?.containers.some((container) => container.image === image) ?? false
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
