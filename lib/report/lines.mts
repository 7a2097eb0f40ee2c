import { clean, seconds, type Ink } from './ink.mts'
import type { EventOf, ObjectView, PlanView, ReleaseView, Row, TrafficView, WhereView } from './event.mts'
import type { Proven } from '../proof/spec.mts'

const NAME = 9
const TEXT = 34
const CHANGES = 12
const EVIDENCE = 60

const SIGNS = {
  create: '+',
  update: '~',
  roll: '↻',
  replace: '±',
  delete: '-',
  unchanged: ' ',
} as const satisfies Record<ObjectView['action'], string>

const COUNTED = {
  create: 'new',
  update: 'changed',
  roll: 'rolled',
  replace: 'replaced',
  delete: 'deleted',
  unchanged: 'unchanged',
} as const satisfies Record<ObjectView['action'], string>

/** `name      text      time` behind a mark, in columns. */
export function columns(mark: string, name: string, text: string, elapsed?: number): string {
  const left = mark === '' ? `${name.padEnd(NAME)} ` : `${mark} ${name.padEnd(NAME)} `
  return elapsed === undefined ? `${left}${text}` : `${left}${text.padEnd(TEXT)}  ${seconds(elapsed).padStart(7)}`
}

export function whereLine(where: WhereView, ink: Ink): string {
  const { stack, context, server, user, namespace } = where
  return `${ink.strong(stack)} → ${ink.strong(context)} ${ink.dim(`(${server}, user ${user}, namespace ${namespace})`)}`
}

/** The counts, then each object that would change. */
export function planLines(plan: PlanView, ink: Ink): string[] {
  const { objects, elapsed } = plan
  const counts = (Object.keys(COUNTED) as ObjectView['action'][]).flatMap((action) => {
    const count = objects.filter((object) => object.action === action).length
    return count === 0 ? [] : [`${count} ${COUNTED[action]}`]
  })
  const summary = `${objects.length} objects${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`
  return [columns('', 'plan', summary, elapsed), ...objects.flatMap((object) => objectLines(object, ink))]
}

/** What would change, one line a field; long lists are cut. */
function objectLines({ ref, action, changes, warnings }: ObjectView, ink: Ink): string[] {
  const told = warnings.map((warning) => `      ${ink.odd(`! ${warning}`)}`)
  if (action === 'unchanged') return told.length === 0 ? [] : [`    ${ref}`, ...told]
  const shown = changes.slice(0, CHANGES).map(({ path, from, to }) => {
    const change = to === undefined ? `${from ?? ''} → (gone)` : from === undefined ? to : `${from} → ${to}`
    return ink.dim(`      ${path}: ${short(change)}`)
  })
  const more = changes.length > CHANGES ? [ink.dim(`      … ${changes.length - CHANGES} more fields`)] : []
  return [`  ${SIGNS[action]} ${ref}`, ...shown, ...more, ...told]
}

const ROW_MARKS = { ok: '✔', warning: '!', unknown: '?', blocking: '✖' } as const satisfies Record<Row['state'], string>

/** One line when all is well; otherwise what is not, each with its fix. */
export function preflightLines(rows: readonly Row[], ink: Ink): string[] {
  if (rows.length === 0) return []
  const odd = rows.filter(({ state }) => state !== 'ok')
  const summary = `${rows.length - odd.length} of ${rows.length} ok`
  const inks = { ok: ink.good, warning: ink.odd, unknown: ink.odd, blocking: ink.bad }
  return [
    columns('', 'preflight', summary),
    ...odd.flatMap(({ name, state, says, next }) => [
      `  ${inks[state](ROW_MARKS[state])} ${name}: ${says}`,
      ...(next === undefined ? [] : [`      → ${next}`]),
    ]),
  ]
}

export function componentLine({ name, health }: EventOf<'component'>, ink: Ink): string {
  const marks = { ready: ink.good('✔'), progressing: ink.dim('…'), doomed: ink.bad('✖') }
  return columns(marks[health.state], name, oneLine(health.detail), health.since)
}

export function trafficLine({ says, asked, failed, builds }: TrafficView, ink: Ink): string {
  const words = says === '' ? `${failed} of ${asked} requests failed, builds ${builds.join(', ')}` : oneLine(says)
  return columns(failed === 0 ? ink.good('✔') : ink.odd('!'), 'traffic', words)
}

const PROOF_MARKS = { failed: '✖', unchecked: '?', advice: '!' } as const satisfies Record<
  Exclude<Proven['state'], 'passed'>,
  string
>

/** What passed on one line, what did not each on its own; below, the commands that repeat `repeated` of them. */
export function proofLines(
  proofs: readonly Proven[],
  { elapsed, ink, repeated }: { elapsed: number; ink: Ink; repeated: readonly Proven[] },
): string[] {
  // Several workloads may have the same to say.
  const passed = [...new Set(proofs.filter(({ state }) => state === 'passed').map(({ says }) => oneLine(says)))]
  const others = proofs.flatMap(({ state, spec, says }) => {
    if (state === 'passed') return []
    const paint = state === 'failed' ? ink.bad : ink.odd
    return [columns(paint(PROOF_MARKS[state]), 'proof', `${spec.name}: ${oneLine(says)}`)]
  })
  const repeats = new Map(repeated.filter(({ repeat }) => repeat !== '').map(({ repeat, spec }) => [repeat, spec.name]))
  return [
    ...(passed.length === 0 ? [] : [columns(ink.good('✔'), 'proof', passed.join(', '), elapsed)]),
    ...others,
    ...[...repeats].map(([repeat, name]) => ink.dim(`    ${name}: ${oneLine(repeat)}`)),
  ]
}

export function releaseLines(
  { number, elapsed, slo, certificate, held, shares, requests }: ReleaseView,
  ink: Ink,
): string[] {
  const parts = shares.map(({ name, ms }) => `${name} ${(ms / 1000).toFixed(1)}`).join(', ')
  const whole = (ms: number) => `${Number((ms / 1000).toFixed(1))} s`
  const limit = whole(slo) + (certificate === undefined ? '' : ` and ${whole(certificate)} for a first certificate`)
  const line = `release ${number} proven in ${seconds(elapsed)} of ${limit}${parts === '' ? '' : ` (${parts})`}`
  return [
    held ? ink.good(line) : ink.odd(line),
    ink.dim(
      `          SLO held: ${held ? 'yes' : 'no'}; ${requests.writes} writes, ${requests.reads} reads, ${requests.dryRuns} dry runs`,
    ),
  ]
}

/** The proofs that an operator will want to see for himself: those that were not passed, and the first page that serves. */
export function worthRepeating(proofs: readonly Proven[]): Proven[] {
  const serves = proofs.find(({ state, spec }) => state === 'passed' && spec.kind === 'serves')
  return proofs.filter((proven) => proven === serves || proven.state === 'failed' || proven.state === 'unchecked')
}

/** What went wrong, the evidence, the way out. */
export function failureLines({ error, extra }: EventOf<'failure'>, ink: Ink): string[] {
  const { code, message, evidence, next } = error
  const inTime = extra.elapsed === undefined ? '' : ` in ${seconds(extra.elapsed)}`
  const says = clean(message).trimEnd().split('\n')
  const title = `${ink.bad(ink.strong(`${code}${inTime}`))}: ${says[0] ?? ''}`
  const proofs = evidence.flatMap((entry) => clean(entry).trimEnd().split('\n'))
  return [
    extra.component === undefined ? `${ink.bad('✖')} ${title}` : columns(ink.bad('✖'), extra.component, title),
    ...says.slice(1).map((line) => `    ${line}`),
    ...proofs.slice(0, EVIDENCE).map((line) => `    ${line}`),
    ...(proofs.length > EVIDENCE
      ? [ink.dim(`    … ${proofs.length - EVIDENCE} more lines (-o json has them all)`)]
      : []),
    ...(next === '' ? [] : [`    → ${oneLine(next)}`]),
  ]
}

/** Text of others on one line. */
export function oneLine(text: string): string {
  return clean(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
}

function short(text: string): string {
  const line = oneLine(text)
  return line.length > 120 ? `${line.slice(0, 117)}...` : line
}
