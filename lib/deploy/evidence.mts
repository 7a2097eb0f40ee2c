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
    objects: snapshot.objects.filter(({ kind }) => kind !== 'Secret').map(withoutManagedFields),
  }
  try {
    await mkdir(FOLDER, { recursive: true })
    await writeFile(path, redactor.scrub(JSON.stringify(bundle, null, 2)), { mode: 0o600 })
    return path
  } catch {
    return undefined
  }
}

function withoutManagedFields(object: Live): Live {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
