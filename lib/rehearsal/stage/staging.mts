import type { Cue, Part, Script } from './script.mts'

/** Values by key, as a Secret or a path of Vault holds them. */
export type Values = Readonly<Record<string, string>>

/**
 * What a stack brings to its rehearsal, as data; each part may be left out. An image that no part plays is up after a
 * moment and answers every path with 200, or ends well where it is an init container's or a Job's. A key of a Secret
 * that nobody filled, in Vault or by hand, gets a value that is made up.
 */
export interface Staging {
  /** Who plays what; the first row that fits is played. */
  parts?: readonly Part[]
  /** What Vault holds, by `mount/path` of the kv-v2 engine. */
  vault?: Readonly<Record<string, Values>>
  /** What is in the Secrets that an operator makes by hand, by name; made only where the stack needs them so. */
  secrets?: Readonly<Record<string, Values>>
}

/** What a stack's `staging` is given. */
export interface StagingContext<S> {
  settings: S
  namespace: string
  /** A secret value for this purpose: another one in each rehearsal, the same one for the same purpose. */
  secret: (purpose: string) => string
}

/** For images that no part plays. */
export const ANYBODY: Part = { plays: (cue) => (endsByItself(cue) ? DONE : SERVING) }

const SERVING: Script = {
  ready: { after: 300 },
  stop: { takes: 200 },
  serves: [{ path: '/', status: 200, type: 'text/plain', body: 'ok\n' }],
}

const DONE: Script = { exit: { after: 400, code: 0 } }

function endsByItself({ pod, container }: Cue): boolean {
  const isInit = pod.spec?.initContainers?.some(({ name }) => name === container.name) ?? false
  const isJob = pod.spec?.restartPolicy === 'Never' || pod.spec?.restartPolicy === 'OnFailure'
  return (isInit && container.restartPolicy !== 'Always') || isJob
}
