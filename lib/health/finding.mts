import type { Cause } from './health.mts'
import type { Awaited } from './producer.mts'

/** What is wrong with a container, or with a pod: certain, or it may still heal. */
export type Finding =
  | { grade: 'doomed'; cause: Cause }
  | { grade: 'trouble'; cause: Cause; step: string }
  /** Not wrong yet: something else has to come first. */
  | { grade: 'waits'; step: string; cause?: Cause }

/** What is not there yet, and who makes it: the maker's verdict is the root (law 5). */
export function producedOf(lack: Awaited): Finding | undefined {
  const step = `waiting for ${lack.name}`
  if (lack.state === 'there') return { grade: 'waits', step }
  if (lack.state === 'nobody') return undefined
  if (lack.health.state === 'doomed') return { grade: 'doomed', cause: lack.health.cause }
  const trouble = lack.health.state === 'progressing' ? lack.health.trouble : undefined
  return trouble === undefined ? { grade: 'waits', step } : { grade: 'waits', step, cause: trouble }
}

/** The finding that decides for a pod: what is certain before what may heal, earlier containers before later ones. */
export function gravest(findings: readonly (Finding | undefined)[]): Finding | undefined {
  const found = findings.filter((finding) => finding !== undefined)
  return found.find(({ grade }) => grade === 'doomed') ?? found.find(({ grade }) => grade === 'trouble') ?? found[0]
}
