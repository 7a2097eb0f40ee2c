import type { VaultAuth, VaultStaticSecret } from '../kube/custom.mts'
import { containersOf, templateOf } from '../kube/containers.mts'
import type { KubeObject } from '../kube/object.mts'
import type { Ingress, StatefulSet } from '../kube/schema/types.mts'
import { PLACEHOLDER_TAG } from './image.mts'
import { sourcesOf } from './parts/secret.mts'
import type { Desired } from './stack.mts'

// RFC 2606: nobody's, so it can only be a placeholder; and example.dev, which a stack took for one.
const EXAMPLE = /(^|\.)example\.(com|net|org|dev)$/

/** What whoever reads or applies an object's file has to know; one comment each. */
export function notesOn(object: KubeObject, desired: Desired): string[] {
  return [...kindNotes(object, desired), ...imageNotes(object), ...exposureNotes(object, desired)]
}

function kindNotes(object: KubeObject, desired: Desired): string[] {
  switch (object.kind) {
    case 'VaultAuth':
      return vaultRole(object as VaultAuth, desired)
    case 'VaultStaticSecret':
      return requiredKeys(object as VaultStaticSecret, desired)
    case 'StatefulSet':
      return storageClass(object as StatefulSet)
    case 'Ingress':
      return domain(object as Ingress)
    case 'Secret':
      return variables(object)
    case 'Job':
      return [
        'The name ends with a hash of the content, since a Job cannot be changed. Applied again, it does nothing new.',
      ]
    default:
      return []
  }
}

function vaultRole({ metadata, spec }: VaultAuth, desired: Desired): string[] {
  const paths = desired.components
    .flatMap(({ objects }) => objects)
    .filter((object): object is VaultStaticSecret => object.kind === 'VaultStaticSecret')
    .filter((copy) => copy.spec.vaultAuthRef === metadata.name)
    .map((copy) => `${copy.spec.mount}/data/${copy.spec.path}`)
  const account = `${spec.kubernetes?.serviceAccount ?? 'default'} in namespace ${metadata.namespace ?? ''}`
  const role = `the Vault role ${spec.kubernetes?.role ?? ''} in auth/${spec.mount ?? ''}`
  return [
    `Before applying, make ${role}, bind it to ServiceAccount ${account}, and let it read ${paths.join(' and ')}.`,
  ]
}

function requiredKeys({ metadata, spec }: VaultStaticSecret, { secrets }: Desired): string[] {
  const need = secrets.find(({ namespace, name }) => namespace === metadata.namespace && name === spec.destination.name)
  return need === undefined ? [] : [`Required keys at ${spec.mount}/${spec.path}: ${need.keys.join(', ')}.`]
}

function variables(object: KubeObject): string[] {
  const sources = sourcesOf(object).map(({ key, variable }) => (key === variable ? key : `${key} (from ${variable})`))
  if (sources.length === 0) return []
  return [
    `Without data on purpose: npx zx deploy.mts fills in ${sources.join(', ')} from the operator's environment or .env.`,
    'Applied by hand it takes nothing away from a Secret that is there.',
  ]
}

function storageClass({ spec }: StatefulSet): string[] {
  const unset = (spec?.volumeClaimTemplates ?? []).some((claim) => claim.spec?.storageClassName === undefined)
  return unset ? ["storageClassName is left out: the cluster's default is used, unless the settings name a class."] : []
}

function domain({ spec }: Ingress): string[] {
  const hosts = (spec?.rules ?? []).flatMap(({ host }) => (host === undefined ? [] : [host]))
  return hosts
    .filter((host) => EXAMPLE.test(host))
    .map((host) => `Replace ${host} by the real domain before applying, or set it and render with -o DIR.`)
}

function imageNotes(object: KubeObject): string[] {
  const held = containersOf(templateOf(object)?.spec).some(
    ({ image }) => image?.endsWith(`:${PLACEHOLDER_TAG}`) === true,
  )
  return held
    ? [`Replace the tag ${PLACEHOLDER_TAG} by a real one before applying, or render with --tag TAG -o DIR.`]
    : []
}

function exposureNotes({ kind, metadata }: KubeObject, { proofs }: Desired): string[] {
  const inside = proofs.some(
    (proof) => proof.kind === 'unreachable' && kind === 'Service' && proof.service.name === metadata.name,
  )
  return inside ? [`No Ingress leads to ${metadata.name}: it is for use inside the cluster only.`] : []
}
