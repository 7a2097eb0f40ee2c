import { appendFile } from 'node:fs/promises'
import type { Event, EventOf } from './event.mts'
import { clean, inkFor, seconds } from './ink.mts'
import { failureLines, oneLine, planLines } from './lines.mts'
import { plainRenderer } from './plain.mts'
import type { Redactor } from './redact.mts'
import type { Renderer, Write } from './renderer.mts'

// GitHub drops a whole summary above 1 MiB, and shows at most 10 errors and 10 warnings a step.
const SUMMARY_LIMIT = 900_000

interface Job {
  now: () => number
  verbose: boolean
  every: number
  redactor: Redactor
  /** GITHUB_STEP_SUMMARY, where there is one. */
  summary: string | undefined
}

/** In a GitHub job: plain lines in groups, one annotation for what failed and one for all warnings, a step summary, and
    each secret masked in whatever other steps print. */
export function githubRenderer(write: Write, writeRaw: Write, job: Job): Renderer {
  const safe: Write = (line) => write(disarm(line))
  const plain = plainRenderer(safe, { ink: inkFor(false), now: job.now, every: job.every, verbose: job.verbose })
  const summary = new Summary()
  job.redactor.onLearned((value) => {
    for (const line of value.split(/\r?\n/)) if (line.length >= 4) writeRaw(`::add-mask::${escape(line)}`)
  })
  return {
    show: (event) => {
      summary.add(event)
      const grouped = event.kind === 'plan' && planLines(event.plan, inkFor(false)).length > 1
      if (grouped) write(`::group::plan: ${event.plan.objects.length} objects`)
      plain.show(event)
      if (grouped) write('::endgroup::')
      for (const annotation of annotationsOf(event)) write(annotation)
    },
    end: async () => {
      await plain.end()
      if (job.summary === undefined) return
      const text = job.redactor.scrub(summary.text()).slice(0, SUMMARY_LIMIT)
      await appendFile(job.summary, text).catch((error: unknown) =>
        safe(`cannot write the step summary: ${String(error)}`),
      )
    },
  }
}

// A log line that begins with `::` or holds `##[` would be a command to the runner, whoever wrote it.
function disarm(line: string): string {
  return line.replace(/^(\s*)::/, '$1: :').replaceAll('##[', '## [')
}

function annotationsOf(event: Event): string[] {
  if (event.kind === 'failure') {
    const { code, message, next } = event.error
    return [`::error title=${escape(`landfall: ${code}`, true)}::${escape(clean(`${message}\n→ ${next}`))}`]
  }
  const warnings = warningsOf(event)
  const title = escape(`landfall: ${event.kind}`, true)
  return warnings.length === 0 ? [] : [`::warning title=${title}::${escape(clean(warnings.join('\n')))}`]
}

function warningsOf(event: Event): string[] {
  if (event.kind === 'plan')
    return event.plan.objects.flatMap(({ ref, warnings }) => warnings.map((warning) => `${ref}: ${warning}`))
  if (event.kind !== 'preflight') return []
  return event.rows.filter(({ state }) => state === 'warning').map(({ name, says }) => `${name}: ${says}`)
}

/** The escapes of workflow commands; a property also escapes `:` and `,`. */
function escape(text: string, property = false): string {
  const data = text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  return property ? data.replaceAll(':', '%3A').replaceAll(',', '%2C') : data
}

/** What a reader of the workflow's page wants first: where, what came of it, and why. */
class Summary {
  #title = 'landfall'
  readonly #components = new Map<string, string>()
  readonly #lines: string[] = []

  add(event: Event): void {
    if (event.kind === 'where') this.#title = `${event.where.stack} → ${event.where.context}`
    else if (event.kind === 'component')
      this.#components.set(event.name, row(event.name, event.health.detail, seconds(event.health.since)))
    else if (event.kind === 'traffic') this.#lines.push(`Traffic: ${oneLine(event.traffic.says)}`)
    else if (event.kind === 'release')
      this.#lines.push(`**Release ${event.release.number} proven in ${seconds(event.release.elapsed)}**`)
    else if (event.kind === 'failure') this.#lines.push(fenced(event))
  }

  text(): string {
    const table = ['| component | | |', '|---|---|---|', ...this.#components.values()]
    const body = this.#components.size > 0 ? [...table, '', ...this.#lines] : this.#lines
    return `### ${clean(this.#title)}\n\n${body.join('\n')}\n\n`
  }
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => oneLine(cell).replaceAll('|', String.raw`\|`)).join(' | ')} |`
}

function fenced(event: EventOf<'failure'>): string {
  const lines = failureLines(event, inkFor(false)).map((line) => line.replaceAll('```', "'''"))
  return ['```text', ...lines, '```'].join('\n')
}
