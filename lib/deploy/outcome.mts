import { DeployError } from '../error.mts'
import type { Health } from '../health/health.mts'
import { Failed } from './failure.mts'

/** An error that came up while a component was rolled out, as a failure of that component. */
export function aboutComponent(name: string, error: unknown): unknown {
  if (!(error instanceof DeployError) || error instanceof Failed) return error
  const { code, message, next, evidence } = error
  return new Failed(name, { code, says: message, next, evidence, cause: error })
}

/** A component stands as its worst object: doomed, then the first that is not ready, then ready with the most telling detail. */
export function together(healths: readonly Health[]): Health {
  const doomed = healths.find(({ state }) => state === 'doomed')
  if (doomed !== undefined) return doomed
  const open = healths.filter((health) => health.state === 'progressing')
  const telling = open.find(({ trouble }) => trouble !== undefined) ?? open[0]
  if (telling !== undefined) return telling
  const details = healths.flatMap((health) => (health.state === 'ready' && health.detail !== '' ? [health.detail] : []))
  // A Service is only ever "there"; a count says more.
  return { state: 'ready', detail: details.find((detail) => detail !== 'there') ?? 'there' }
}

/** When the time is up, what was waited for is the news: the trouble that was seen, else the steps. */
export function explained(error: unknown, stood: ReadonlyMap<string, Health>): unknown {
  if (!(error instanceof DeployError) || error.code !== 'out-of-time') return error
  const open = [...stood].flatMap(([name, health]) => (health.state === 'progressing' ? [{ name, health }] : []))
  const waiting = open.map(({ name, health }) => `${name}: ${health.detail}`)
  const troubled = open.find(({ health }) => health.trouble !== undefined)
  const trouble = troubled?.health.trouble
  if (troubled === undefined || trouble === undefined) {
    const says = open.length === 0 ? error.message : `${error.message}; waiting for ${waiting.join(', ')}`
    return new DeployError({ code: 'out-of-time', says, next: error.next, evidence: waiting, cause: error })
  }
  const code = trouble.code === 'database-unreachable' || trouble.code === 'unready' ? trouble.code : 'out-of-time'
  return new Failed(troubled.name, {
    code,
    says: `${error.message}: ${trouble.code}: ${trouble.says}`,
    evidence: [...waiting, ...trouble.evidence],
    next: trouble.next,
    cause: error,
  })
}
