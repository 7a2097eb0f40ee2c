import { createHash } from 'node:crypto'
import type { Container, Pod } from '../../kube/schema/types.mts'
import { HEALTHY, type Script } from '../stage/script.mts'
import type { Seen } from './podstatus.mts'

/** One container on its node: what is published of it, and what only the kubelet knows. */
export interface Run extends Seen {
  spec: Container
  script: Script
  /** How often it has been made. */
  runs: number
  log: string[]
  previousLog: string[]
  /** Whether its probes pass, and what a failing one says. */
  health: { ok: boolean; says?: string | undefined }
  /** Milliseconds since the epoch. */
  startedAt?: number | undefined
  finishedAt?: number | undefined
  /** The wait before its next restart but one, in milliseconds. */
  backoff?: number
  /** The same of its image. */
  pullBackoff?: number
  /** What is still to come of this run; taken back when it ends. */
  pending: (() => void)[]
}

export function newRun(spec: Container, role: Run['role']): Run {
  return {
    spec,
    role,
    name: spec.name,
    image: spec.image ?? '',
    script: HEALTHY,
    state: {},
    lastState: {},
    restartCount: 0,
    ready: false,
    started: false,
    runs: 0,
    log: [],
    previousLog: [],
    health: { ok: true },
    pending: [],
  }
}

/** Takes back what was to come of a run. */
export function cancelPending(run: Run): void {
  for (const cancel of run.pending) cancel()
  run.pending = []
}

export function containerId(pod: Pod, run: Run): string {
  const hash = createHash('sha256').update(`${pod.metadata.uid}/${run.name}/${run.runs}`).digest('hex')
  return `containerd://${hash}`
}

// kubelet: MaxContainerTerminationMessageLogLength and -Lines.
const MOST_BYTES = 2048
const MOST_LINES = 80

/** What the status keeps of a container's last words: its message, or the end of its log where its policy says so. */
export function lastWords({ spec, log }: Run, code: number, message: string | undefined): string | undefined {
  if (message !== undefined) return message
  if (code === 0 || spec.terminationMessagePolicy !== 'FallbackToLogsOnError' || log.length === 0) return undefined
  const tail = Buffer.from(
    log
      .slice(-MOST_LINES)
      .map((line) => `${line}\n`)
      .join(''),
  )
  return tail.subarray(Math.max(0, tail.length - MOST_BYTES)).toString()
}

/** Whether the container is to run again after such an end. */
export function runsAgain(pod: Pod, run: Run, code: number): boolean {
  const policy = pod.spec?.restartPolicy ?? 'Always'
  if (policy === 'Never') return false
  if (run.role === 'init' || policy === 'OnFailure') return code !== 0
  return true
}
