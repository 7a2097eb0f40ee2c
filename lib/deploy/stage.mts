import { API_VERSION } from '../report/document.mts'
import { Redactor } from '../report/redact.mts'
import { createReport, type Report } from '../report/report.mts'
import { DeployError } from '../error.mts'
import { last, loadFlags, type Flags } from '../settings/arguments.mts'
import type { Script } from '../settings/flags.mts'
import { loadSettings } from '../settings/load.mts'
import { formatOf, withoutColor } from '../settings/run.mts'
import type { Settings } from '../settings/settings.mts'
import type { Stack } from '../stacks/stack.mts'

/** A report that can already say what is wrong with the arguments, and the settings that are then read. */
export function openStage(
  args: readonly string[],
  script: Script,
  given: { stack?: Stack },
): { report: Report; redactor: Redactor; settings: () => Promise<Settings> } {
  const { env, stdout, stderr } = process
  const redactor = new Redactor()
  const flags = flagsIfAny(args, script)
  const output = formatOf(flags, script)
  const color = !withoutColor(flags, env)
  for (const stream of [stdout, stderr]) ignoreBrokenPipe(stream)
  const verbose = flags.verbose !== undefined
  const report = createReport({ stdout, stderr, output, color, verbose, tty: stderr.isTTY, env, redactor })
  return {
    report,
    redactor,
    settings: async () => {
      warnOldNode(report)
      refuseOther(flags, given.stack)
      const settings = await loadSettings(args, script, { env, cwd: process.cwd(), ...given })
      introduce(redactor, settings)
      for (const note of settings.notes) report.note(`warning: ${note}`)
      if (settings.printSettings) printSettings(report, settings)
      else if (settings.rehearse === 'list') await listDrills(report, settings)
      return settings
    },
  }
}

/** A script that brings its stack deploys no other one. */
function refuseOther(flags: Flags, own: Stack | undefined): void {
  const asked = last(flags, 'stack')
  if (own === undefined || asked === undefined) return
  throw new DeployError({
    code: 'usage',
    says: `Cannot take --stack ${asked}: this script is for a stack of its own, ${own.name}`,
    next: 'leave --stack out',
  })
}

/** Makes known which values are secret, and which words are public although a Secret may hold them too. */
export function introduce(redactor: Redactor, { secrets, stack, rows }: Settings): void {
  for (const secret of secrets) redactor.learn(secret)
  // A database user is often called what it runs in, and --tag names these.
  for (const name of Object.keys(stack.images)) redactor.spare(name)
  for (const { value, secret } of rows) if (!secret && typeof value === 'string') redactor.spare(value)
}

/** What can be rehearsed: a line each, or data with `-o json`. */
async function listDrills(report: Report, { output }: Settings): Promise<void> {
  const { drillLines, drillRows } = await import('../rehearsal/drills/choose.mts')
  if (output === 'text') for (const line of drillLines()) report.text(line)
  else report.data({ apiVersion: API_VERSION, kind: 'Drills', drills: drillRows() })
}

/** Every value and where it came from: a table, or data with `-o json`. */
function printSettings(report: Report, { output, rows }: Settings): void {
  if (output !== 'text') {
    report.data({ apiVersion: API_VERSION, kind: 'Settings', settings: rows })
    return
  }
  const cells = rows.map(({ path, value, source }) => [
    path,
    typeof value === 'string' ? value : JSON.stringify(value),
    source,
  ])
  const width = (column: number) => Math.min(48, Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  for (const [path = '', value = '', source = ''] of cells)
    report.text(`${path.padEnd(width(0))}  ${value.padEnd(width(1))}  ${source}`)
}

// What is wrong with the flags is said by loadSettings; until then the looks are the usual ones.
function flagsIfAny(args: readonly string[], script: Script): Flags {
  try {
    return loadFlags(args, script)
  } catch {
    return {}
  }
}

function warnOldNode(report: Report): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 19)) return
  report.note(
    `warning: Node ${process.versions.node} is too old for landfall: run npm ci, which brings Node 24, and npx zx`,
  )
}

// `| head` closes the pipe when it has enough; that is no failure of a deploy.
function ignoreBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
