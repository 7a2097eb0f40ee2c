import { story } from '../deploy/story.mts'
import type { Stage } from '../deploy/story.mts'
import type { OpenTarget } from '../deploy/target.mts'
import type { Stack } from '../stacks/stack.mts'

/** Proves that the live release of this stack serves, or of the one that `--stack` names. Writes nothing. */
export function verify(stack?: Stack): Promise<void> {
  return story('verify', verifying, { ...(stack && { stack }) })
}

/** The story itself; tests bring a cluster of their own by `open`. */
export async function verifying(stage: Stage, open?: OpenTarget) {
  const { liveRelease, openTarget, prove, refuseUnproven } = await import('../deploy/phases.mts')
  const { settings, report, signal } = stage
  await using target = await (open ?? openTarget)(stage)
  const release = await liveRelease(target.cluster, { home: settings.namespace, stack: settings.stack.name }, signal)
  report.note(`release ${release.number}, proven ${release.at} by ${release.by}`)
  const { desired } = release
  const proof = await prove(target.proofs(desired), desired.proofs, {
    signal,
    onProven: (proven) => report.proof(proven),
  })
  if (settings.output !== 'text')
    report.data({ apiVersion: 'landfall.dev/v1', kind: 'Verification', release: release.number, proof })
  refuseUnproven(proof, signal)
  report.note(`release ${release.number} proven: ${proof.length} proofs, ${target.cluster.sent.writes} writes`)
}
