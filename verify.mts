import { story } from './lib/deploy/story.mts'

await story('verify', async (stage) => {
  const { liveRelease, openTarget, prove, refuseUnproven } = await import('./lib/deploy/phases.mts')
  const { settings, report, signal } = stage
  await using target = await openTarget(stage)
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
})
