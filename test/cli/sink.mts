import { Writable } from 'node:stream'
import { Redactor } from '../../lib/report/redact.mts'
import { createReport, type Report, type ReportOptions } from '../../lib/report/report.mts'

/** A stream that keeps what is written; with a width it passes for a terminal. */
export class Sink extends Writable {
  text = ''
  /** Called with all of the text so far. */
  onText: ((text: string) => void) | undefined
  readonly isTTY: boolean
  readonly columns: number | undefined

  constructor(columns?: number) {
    super()
    this.isTTY = columns !== undefined
    this.columns = columns
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString()
    this.onText?.(this.text)
    done()
  }

  cursorTo(): boolean {
    return this.write('<to>')
  }

  moveCursor(): boolean {
    return this.write('<move>')
  }

  clearLine(): boolean {
    return this.write('<clear>')
  }
}

export interface Told {
  stdout: string
  stderr: string
}

/** What a report writes while `tell` uses it, on a clock that stands still. */
export async function told(
  tell: (report: Report, redactor: Redactor) => unknown,
  options: Partial<ReportOptions> = {},
): Promise<Told> {
  const stdout = new Sink()
  const stderr = options.stderr instanceof Sink ? options.stderr : new Sink()
  const redactor = new Redactor()
  const report = createReport({
    stdout,
    output: 'text',
    color: false,
    tty: false,
    env: {},
    redactor,
    now: () => 0,
    ...options,
    stderr,
  })
  await tell(report, redactor)
  await report.end()
  return { stdout: stdout.text, stderr: stderr.text }
}
