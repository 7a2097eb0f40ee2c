import { refOf } from '../kube/object.mts'
import type { Facts, Role } from './cause.mts'
import type { Snapshot } from './health.mts'
import { list, strings, text, type ContainerSpec, type ContainerStatus, type Pod, type Terminated } from './seen.mts'
import { linesOf } from './words.mts'

/** A container of a pod as judges look at it. */
export interface View {
  pod: Pod
  name: string
  role: Role
  /** A container of a Job: how often it may fail is the Job's to say. */
  isAttempt: boolean
  spec: ContainerSpec
  status: ContainerStatus
  snapshot: Snapshot
  since: number
}

/** The containers of a pod in the order in which they start. */
export function viewsOf(pod: Pod, snapshot: Snapshot, since: number): View[] {
  const isAttempt = pod.spec?.restartPolicy === 'Never' || pod.spec?.restartPolicy === 'OnFailure'
  const statuses = [...list(pod.status?.initContainerStatuses), ...list(pod.status?.containerStatuses)]
  const inits = list(pod.spec?.initContainers)
  return [...inits, ...list(pod.spec?.containers)].flatMap((spec) => {
    const name = text(spec.name)
    const status = statuses.find((candidate) => candidate.name === name)
    if (status === undefined) return []
    const role = roleOf(spec, inits.includes(spec), isAttempt)
    return [{ pod, name, role, isAttempt, spec, status, snapshot, since }]
  })
}

// A main container that serves is no migration, whatever its command is called; an init container or a Job's may be.
function roleOf(spec: ContainerSpec, isInit: boolean, isAttempt: boolean): Role {
  if ((isInit || isAttempt) && isMigration(spec)) return 'migration'
  return isInit && text(spec.restartPolicy) !== 'Always' ? 'init' : 'main'
}

function isMigration(spec: ContainerSpec): boolean {
  const words = [...strings(spec.command), ...strings(spec.args)].join(' ')
  return /migrat/i.test(text(spec.name)) || /\balembic\b|\bmigrate\b/.test(words)
}

/** What the container said before it ended: the end of its log from its status, and the log itself where it was fetched. */
export function lastWords(view: View, ended: Terminated): string[] {
  const message = linesOf(text(ended.message))
  const isNow = ended === view.status.state?.terminated
  const key = `${view.pod.metadata.uid ?? ''}/${view.name}${isNow ? '' : '/previous'}`
  const log = (view.snapshot.logTails.get(key) ?? []).filter((line) => line.trim() !== '')
  return message.length >= log.length ? message : log
}

/** The last lines of the running container. */
export function logOf(view: View): readonly string[] {
  return view.snapshot.logTails.get(`${view.pod.metadata.uid ?? ''}/${view.name}`) ?? []
}

/** What `next` may name about this container. */
export function factsOf(view: View, wanted?: string): Facts {
  const { namespace = '' } = view.pod.metadata
  return { namespace, at: refOf(view.pod), container: view.name, image: view.spec.image, wanted }
}
