import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeployError } from '../error.mts'
import type { Snapshot } from '../health/health.mts'
import { formatRef } from '../kube/object.mts'
import type { Live } from '../kube/object.mts'
import type { Redactor } from '../report/redact.mts'
import type { Plan } from './types.mts'

/** Where bundles go, under the working directory; git-ignored. */
const FOLDER = '.landfall'

interface Frozen {
  plan: Plan
  snapshot: Snapshot
  error: DeployError
  run: string
}

/**
 * Freezes what was seen at a failure into one JSON file before anything is rolled back, without secrets. Returns its
 * path, or undefined where it could not be written: evidence must never hide the failure it is about.
 */
export async function freeze({ plan, snapshot, error, run }: Frozen, redactor: Redactor): Promise<string | undefined> {
  const path = join(FOLDER, `${plan.desired.stack}-${run.slice(0, 8)}.json`)
  const bundle = {
    stack: plan.desired.stack,
    tags: plan.desired.tags,
    failure: { code: error.code, says: error.message, evidence: error.evidence, next: error.next },
    plan: plan.steps.map(({ component, ref, action }) => ({ component, ref: formatRef(ref), action })),
    at: new Date(snapshot.at).toISOString(),
    events: snapshot.events,
    logs: Object.fromEntries(snapshot.logTails),
    objects: snapshot.objects.filter(({ kind }) => kind !== 'Secret').map(bare),
  }
  try {
    await mkdir(FOLDER, { recursive: true })
    await writeFile(path, redactor.scrub(JSON.stringify(bundle, null, 2)), { mode: 0o600 })
    return path
  } catch {
    return undefined
  }
}

// What a manifest says literally may be a password that nobody knows to be one; kubectl keeps a copy in an annotation.
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

function bare(object: Live): unknown {
  const { managedFields: _owners, annotations = {}, ...metadata } = object.metadata
  const { [LAST_APPLIED]: _copy, ...others } = annotations
  return withoutLiterals({ ...object, metadata: { ...metadata, annotations: others } })
}

/** Masks the values of `env` lists, wherever they stand. */
function withoutLiterals(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLiterals)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]: [string, unknown]) => [
      key,
      key === 'env' && Array.isArray(child) ? child.map(masked) : withoutLiterals(child),
    ]),
  )
}

function masked(variable: unknown): unknown {
  if (typeof variable !== 'object' || variable === null || !('value' in variable)) return variable
  return { ...variable, value: '***' }
}
