import { askAbsent, askCertificate, askDns, askFallback, askRedirects, askServes } from './outside.mts'
import type { Scene } from './scene.mts'
import type { ProofSpec } from './spec.mts'
import type { Verdict } from './verdict.mts'
import { askBacked, askFresh, askInside, askJobDone, askMigrated, askUnreachable } from './within.mts'

type Kind = ProofSpec['kind']
type Ask<K extends Kind> = (spec: Extract<ProofSpec, { kind: K }>, scene: Scene) => Promise<Verdict>

const ASK: { readonly [K in Kind]: Ask<K> } = {
  serves: askServes,
  absent: askAbsent,
  fallback: askFallback,
  redirects: askRedirects,
  certificate: askCertificate,
  unreachable: askUnreachable,
  inside: askInside,
  'job-done': askJobDone,
  migrated: askMigrated,
  backed: askBacked,
  fresh: askFresh,
  dns: askDns,
}

/** One attempt at a proof: asks what has to be asked and lets the judge of its kind decide. */
export function ask<K extends Kind>(spec: Extract<ProofSpec, { kind: K }>, scene: Scene): Promise<Verdict> {
  const askThis: Ask<K> = ASK[spec.kind]
  return askThis(spec, scene)
}
