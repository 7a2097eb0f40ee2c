import { setTimeout as sleep } from 'node:timers/promises'
import { DeployError } from '../error.mts'
import { ask } from './ask.mts'
import { Denied } from './reading.mts'
import { repeatOf } from './repeat.mts'
import { openScene } from './scene.mts'
import type { Scene } from './scene.mts'
import type { ProofSpec, Proven } from './spec.mts'
import type { ProofTarget } from './target.mts'
import { unchecked } from './verdict.mts'
import type { Verdict } from './verdict.mts'

export type { ProofTarget } from './target.mts'

export interface ProveOptions {
  signal: AbortSignal
  /** Told of each proof once it and all before it have ended: in the order of the specs. */
  onProven: (proven: Proven) => void
  /** Milliseconds for which a proof that fails is asked again: an ingress takes a moment to see new pods. 0 unless given. */
  patience?: number
}

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 500

/**
 * Runs every proof, as soon as it tells anything, and answers in the order of the specs. Reads only. What the signal cuts
 * short is `unchecked`, and so is what lacks a permission; the last words of a proof that was asked again are kept.
 *
 * @throws DeployError `missing-file`, `bad-setting` where the CA file cannot be used
 */
export async function prove(
  target: ProofTarget,
  specs: readonly ProofSpec[],
  { signal, onProven, patience = 0 }: ProveOptions,
): Promise<Proven[]> {
  // A bug in one proof ends the others: their answers would go nowhere.
  const together = new AbortController()
  const scene = await openScene(target, AbortSignal.any([signal, together.signal]))
  const until = performance.now() + patience
  const serving = specs.filter(({ kind }) => kind === 'serves')
  const begun = new Map(serving.map((spec) => [spec, proveOne(spec, scene, until)]))
  const begin = async (spec: ProofSpec): Promise<Answer> => {
    await Promise.all([...begun].flatMap(([one, ends]) => (waitsFor(spec, one) ? [ends] : [])))
    return begun.get(spec) ?? proveOne(spec, scene, until)
  }
  const proofs: Promise<Proven>[] = []
  const proveNext = async (spec: ProofSpec, before: Promise<Proven> | undefined): Promise<Proven> => {
    const proven = { spec, ...(await begin(spec)) }
    await before
    onProven(proven)
    return proven
  }
  for (const spec of specs) proofs.push(proveNext(spec, proofs.at(-1)))
  try {
    return await Promise.all(proofs)
  } finally {
    together.abort()
    await Promise.allSettled(proofs)
  }
}

type Answer = Omit<Proven, 'spec'>

/**
 * Whether `spec` says something about the new version only once `serving` has shown that it answers: while an ingress
 * controller still asks old pods, a path that must be 404 may be one by them.
 */
function waitsFor(spec: ProofSpec, serving: ProofSpec): boolean {
  const isAnswer = spec.kind === 'absent' || spec.kind === 'fallback'
  return isAnswer && serving.kind === 'serves' && serving.host === spec.host
}

async function proveOne(spec: ProofSpec, scene: Scene, until: number): Promise<Answer> {
  const { state, says } = await askUntilProven(spec, scene, until)
  const host = 'host' in spec ? spec.host : ''
  return { state, says, repeat: repeatOf(spec, scene.target, scene.edges.get(host)) }
}

async function askUntilProven(spec: ProofSpec, scene: Scene, until: number): Promise<Verdict> {
  let verdict = await attempt(spec, scene)
  for (let pause = FIRST_PAUSE; mayHeal(verdict) && performance.now() + pause < until; pause = longer(pause)) {
    await sleep(pause, undefined, { signal: scene.signal }).catch(() => {})
    if (scene.signal.aborted) return unchecked(`stopped before it was proven; last: ${verdict.says}`)
    const next = await attempt(spec, scene)
    if (scene.signal.aborted && next.state === 'unchecked') return unchecked(`${next.says}; last: ${verdict.says}`)
    verdict = next
  }
  return verdict
}

/** What could not be asked is said, not thrown; only a bug is. */
async function attempt(spec: ProofSpec, scene: Scene): Promise<Verdict> {
  try {
    scene.signal.throwIfAborted()
    return await ask(spec, scene)
  } catch (error) {
    if (scene.signal.aborted) return unchecked('stopped before it was proven')
    if (error instanceof Denied) return unchecked(error.message, 'permission')
    if (error instanceof DeployError) return unchecked(error.message)
    throw error
  }
}

function mayHeal(verdict: Verdict): boolean {
  return verdict.state === 'failed' || (verdict.state === 'unchecked' && verdict.because === 'trouble')
}

function longer(pause: number): number {
  return Math.min(pause * 1.5, LONGEST_PAUSE)
}
