import { DeployError } from '../error.mts'
import { formatRef, refOf } from '../kube/object.mts'
import type { KubeObject } from '../kube/object.mts'
import { conflictsOf, isFieldConflict, KubeError } from '../kube/status.mts'

/** The server's refusal of an object, with what to do about an object of this kind; what is no refusal is thrown on. */
export function refusalOf(error: unknown, object: KubeObject): DeployError {
  if (!(error instanceof DeployError)) throw error
  if (!(error instanceof KubeError)) return error
  if (isFieldConflict(error)) return conflict(error, formatRef(refOf(object)))
  const next = remedyOf(error, object)
  return next === undefined ? error : remedied(error, next)
}

function remedyOf({ code, message }: KubeError, object: KubeObject): string | undefined {
  const { namespace = '' } = object.metadata
  if (code === 'immutable') return REMEDY[object.kind] ?? 'keep the field, or delete the object and deploy again'
  if (code === 'namespace-missing') return `kubectl create namespace ${namespace}, or declare it in the stack`
  if (code !== 'invalid') return undefined
  // The server's default of the old strategy is nobody's field, so that no apply can take it away; a merge patch can.
  return object.kind === 'Deployment' && /strategy\.rollingUpdate: Forbidden/.test(message)
    ? `${recreating(object)}, then the same command again`
    : 'npx zx deploy.mts --dry-run=client -o yaml, and correct the field'
}

function recreating({ metadata: { name, namespace } }: KubeObject): string {
  const at = namespace === undefined ? '' : ` -n ${namespace}`
  const patch = '{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}'
  return `kubectl${at} patch deployment ${name} --type=merge -p '${patch}'`
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
