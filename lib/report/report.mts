import type { DeployError } from '../error.mts'
import type { Proven } from '../proof/spec.mts'
import { RunDocument, serialise } from './document.mts'
import type { ComponentView, Event, FailureView, PlanView, ReleaseView, Row, TrafficView, WhereView } from './event.mts'
import { githubRenderer } from './github.mts'
import { inkFor } from './ink.mts'
import { jsonRenderer } from './jsonlines.mts'
import { plainRenderer } from './plain.mts'
import type { Redactor } from './redact.mts'
import type { Renderer, Write } from './renderer.mts'
import { terminalRenderer } from './terminal.mts'

export type {
  ChangeView,
  ComponentView,
  FailureView,
  ObjectView,
  PlanView,
  ReleaseView,
  Row,
  TrafficView,
  WhereView,
} from './event.mts'

// How often a log that has nothing new to say shows that it lives.
const REMIND = 30_000

/** The one writer of the terminal: progress on stderr, data on stdout, every byte without known secrets. */
export interface Report {
  /** Where this run acts; said before anything is written. */
  where(line: WhereView): void
  plan(plan: PlanView): void
  preflight(rows: readonly Row[]): void
  /** How a component stands; may be called as often as one likes, only changes leave a line. */
  component(name: string, health: ComponentView): void
  note(text: string): void
  traffic(traffic: TrafficView): void
  proof(proven: Proven): void
  release(release: ReleaseView): void
  failure(error: DeployError, extra?: FailureView): void
  /** The run's data, on stdout: YAML, or JSON with `-o json`; it takes the place of the run's own document there. */
  data(value: unknown): void
  /** One line of data, on stdout. */
  text(line: string): void
  /** Stops what moves and writes what was kept back; nothing may be reported afterwards. */
  end(): Promise<void>
}

/** Where a report goes and how. `color` is the operator's wish; a terminal is needed too. */
export interface ReportOptions {
  stdout: NodeJS.WritableStream
  stderr: NodeJS.WritableStream
  output: 'text' | 'json' | 'yaml'
  color: boolean
  /** Whether stderr is a terminal. */
  tty: boolean
  env: Readonly<Record<string, string | undefined>>
  redactor: Redactor
  /** Also the command that repeats each proof that passed; otherwise only the health question's. */
  verbose?: boolean
  /** Milliseconds of a monotonic clock. */
  now?: () => number
  /** Milliseconds between reminders off a terminal; 30 000 unless given. */
  remind?: number
}

/** The report for these streams: a moving line on a terminal, GitHub's commands in a GitHub job, JSON lines with
    `-o json`, plain lines otherwise. */
export function createReport(options: ReportOptions): Report {
  const { redactor, output, stdout } = options
  const onStderr = writerOf(options.stderr, redactor)
  const renderer = chooseRenderer(options, onStderr)
  const document = new RunDocument()
  let told = false
  const show = (event: Event): void => {
    document.add(event)
    renderer.show(event)
  }
  const put = (text: string): void => {
    told = true
    send(stdout, redactor.scrub(text))
  }
  return {
    where: (where) => show({ kind: 'where', where }),
    plan: (plan) => show({ kind: 'plan', plan }),
    preflight: (rows) => show({ kind: 'preflight', rows }),
    component: (name, health) => show({ kind: 'component', name, health }),
    note: (text) => show({ kind: 'note', text }),
    traffic: (traffic) => show({ kind: 'traffic', traffic }),
    proof: (proven) => show({ kind: 'proof', proven }),
    release: (release) => show({ kind: 'release', release }),
    failure: (error, extra = {}) => show({ kind: 'failure', error, extra }),
    data: (value) => put(serialise(value, output === 'json' ? 'json' : 'yaml')),
    text: (line) => put(`${line}\n`),
    end: async () => {
      await renderer.end()
      if (output !== 'text' && !told) put(serialise(document.whole(), output))
    },
  }
}

function chooseRenderer(options: ReportOptions, write: Write): Renderer {
  const { env, tty, color, output, redactor, stderr, remind: every = REMIND, verbose = false } = options
  const now = options.now ?? (() => performance.now())
  if (env['GITHUB_ACTIONS'] === 'true') {
    const raw: Write = (line) => send(stderr, `${line}\n`)
    return githubRenderer(write, raw, { now, every, verbose, redactor, summary: env['GITHUB_STEP_SUMMARY'] })
  }
  const stream = stderr as NodeJS.WriteStream
  if (tty && isLively(stream, env)) {
    const scrub = (text: string) => redactor.scrub(text)
    return terminalRenderer(write, { ink: inkFor(color), color, now, verbose, stream, scrub })
  }
  if (output === 'json') return jsonRenderer(write, () => new Date())
  return plainRenderer(write, { ink: inkFor(color && tty), now, every, verbose })
}

/** Whether a terminal can and should move its last line. One without a width (a pseudo-terminal that nobody gave a size)
    cannot: ora would divide by it, and then clear lines for ever. */
function isLively(stream: NodeJS.WriteStream, env: ReportOptions['env']): boolean {
  return stream.columns > 0 && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === ''
}

function writerOf(stream: NodeJS.WritableStream, redactor: Redactor): Write {
  return (line) => send(stream, `${redactor.scrub(line)}\n`)
}

// A reader that left (`| head`) is no failure of the deploy.
function send(stream: NodeJS.WritableStream, text: string): void {
  if (stream.writable) stream.write(text)
}
