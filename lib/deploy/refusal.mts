import { DeployError } from '../error.mts'
import { formatRef, refOf } from '../kube/object.mts'
import type { KubeObject } from '../kube/object.mts'
import { conflictsOf, isFieldConflict, isImmutable, isInvalid, isMissingNamespace, KubeError } from '../kube/status.mts'

/** The server's refusal of an object, with what to do about an object of this kind; what is no refusal is thrown on. */
export function refusalOf(error: unknown, object: KubeObject): DeployError {
  if (!(error instanceof DeployError)) throw error
  if (!(error instanceof KubeError)) return error
  const ref = formatRef(refOf(object))
  if (isFieldConflict(error)) return conflict(error, ref)
  if (isImmutable(error))
    return remedied(error, REMEDY[object.kind] ?? 'keep the field, or delete the object and deploy again')
  if (isMissingNamespace(error))
    return remedied(error, `kubectl create namespace ${object.metadata.namespace ?? ''}, or declare it in the stack`)
  if (isInvalid(error)) return remedied(error, 'npx zx deploy.mts --dry-run=client -o yaml, and correct the field')
  return error
}

function conflict(error: KubeError, ref: string): DeployError {
  const owners = conflictsOf(error)
  const says = owners.map(({ manager, field }) => `field manager "${manager}" owns ${field}`)
  return new DeployError({
    code: 'conflict',
    says: `Cannot apply ${ref}: ${says[0] ?? error.message}`,
    evidence: says.slice(1),
    next: 'give the field up there, or take it over: add --force-conflicts',
    cause: error,
  })
}

const REMEDY: Readonly<Record<string, string>> = {
  StatefulSet:
    'keep the field, or delete the StatefulSet with --cascade=orphan (its pods and volumes stay) and deploy again',
  Job: 'Jobs are named by content: rename it, or delete the finished Job and deploy again',
  Deployment: 'a selector never changes: rename the Deployment, or delete it and deploy again (downtime)',
  Service: 'keep the field, or delete the Service and deploy again (its address changes)',
  PersistentVolumeClaim: 'a claim only grows, and only where its storage class allows it',
}

function remedied(error: KubeError, next: string): DeployError {
  return new DeployError({ code: error.code, says: error.message, evidence: error.evidence, next, cause: error })
}
