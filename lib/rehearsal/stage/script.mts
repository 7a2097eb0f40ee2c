import type { Container, Pod } from '../../kube/schema/types.mts'

/** A line of a container's log, so many milliseconds after its start. */
export interface Line {
  after: number
  line: string
}

/** How a run of a container ends by itself. */
export interface Exit {
  /** Milliseconds after its start. */
  after: number
  code: number
  /** What the kubelet calls it, where not `Completed` or `Error`. */
  reason?: 'OOMKilled'
  /** What the container wrote to its termination log; its last log lines otherwise, where its policy says so. */
  message?: string
}

/** What a run leaves behind, so many milliseconds after its start: the database's revision after a migration. */
export interface Change {
  after: number
  sets: Readonly<Record<string, string>>
}

/** What a container answers to HTTP requests below a path; the longest path that fits wins. */
export interface Answer {
  path: string
  /** This very path only. */
  exact?: boolean
  status: number
  type?: string
  headers?: Readonly<Record<string, string>>
  /** `{name}` stands for what is on the stage under that name when it is asked. */
  body: string
}

/** One run of a container, from its start on. All times are in milliseconds. */
export interface Script {
  /** Between its creation and its start. */
  startDelay?: number
  /** The runtime cannot start it: its words. */
  refuses?: string
  /** The image's user, where it is root: a container that may not be root is refused. */
  user?: 'root'
  log?: readonly Line[]
  exit?: Exit
  changes?: readonly Change[]
  /** From here on its probes pass; at once unless said. `never` is a container that stays unready. */
  ready?: { after: number | 'never'; says?: string }
  /** From here on its probes fail again, with these words. */
  sick?: { after: number; says?: string }
  /** How long it takes to end when told to; `ignores` is killed at the end of its grace period. */
  stop?: { takes: number; code?: number } | 'ignores'
  serves?: readonly Answer[]
}

/** What a script may depend on. */
export interface Cue {
  pod: Pod
  container: Container
  /** The container's variables, Secrets and ConfigMaps resolved. */
  env: Readonly<Record<string, string>>
  /** 1 for the first run of this container, 2 after its first restart. */
  run: number
  /** What runs have left behind: `revision` of the database. */
  state: ReadonlyMap<string, string>
}

/** Who plays what: a row fits where all that it names fits, and the first that fits is played. */
export interface Part {
  image?: RegExp
  container?: RegExp
  /** Command and arguments in one line. */
  command?: RegExp
  namespace?: RegExp
  /** Name of the pod. */
  pod?: RegExp
  /** The same each time, one for each run (the last one repeats), or as the cue says. */
  plays: Script | readonly Script[] | ((cue: Cue) => Script)
}

/** A healthy app: up at once, in good health until it is told to stop. */
export const HEALTHY: Script = {}

/** The script of this run. */
export function scriptFor(parts: readonly Part[], cue: Cue): Script {
  const part = parts.find((one) => fits(one, cue))
  if (part === undefined) return HEALTHY
  if (typeof part.plays === 'function') return part.plays(cue)
  if (!isList(part.plays)) return part.plays
  return part.plays[Math.min(cue.run, part.plays.length) - 1] ?? HEALTHY
}

function isList(plays: Part['plays']): plays is readonly Script[] {
  return Array.isArray(plays)
}

function fits(part: Part, { pod, container }: Cue): boolean {
  const command = [...(container.command ?? []), ...(container.args ?? [])].join(' ')
  return (
    (part.image?.test(container.image ?? '') ?? true) &&
    (part.container?.test(container.name) ?? true) &&
    (part.command?.test(command) ?? true) &&
    (part.namespace?.test(pod.metadata.namespace ?? '') ?? true) &&
    (part.pod?.test(pod.metadata.name) ?? true)
  )
}

/** The answer to a request for this path: the exact one, else the one with the longest path above it. */
export function answerFor(script: Script, path: string): Answer | undefined {
  const [bare = path] = path.split('?')
  const rows = script.serves ?? []
  const below = rows.filter((row) => row.exact !== true && isBelow(bare, row.path))
  return (
    rows.find((row) => row.exact === true && row.path === bare) ??
    below.toSorted((a, b) => b.path.length - a.path.length)[0]
  )
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`)
}
