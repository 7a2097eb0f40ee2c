import type { Certificate, VaultStaticSecret } from '../../kube/custom.mts'
import { readsOf, templateOf } from '../../kube/containers.mts'
import { keyOf } from '../../kube/object.mts'
import type { KubeObject } from '../../kube/object.mts'
import type { ConfigMap, Ingress, Secret } from '../../kube/schema/types.mts'
import type { Checked } from '../preflight.mts'
import { configRef } from '../survey.mts'
import type { Row } from '../types.mts'

interface Need {
  kind: 'Secret' | 'ConfigMap'
  namespace: string
  name: string
  keys: readonly string[]
  /** Images are pulled with it. */
  pulls?: boolean
}

/** Every Secret, key and ConfigMap that pods read is there, is part of this deploy, or is made by something in it. */
export function secretRows(checked: Checked): Row[] {
  return needsOf(checked).flatMap((need) => secretRow(need, checked))
}

function needsOf({ desired }: Checked): Need[] {
  const objects = desired.components.flatMap((component) => component.objects)
  const read = objects.flatMap((object) =>
    readsOf(templateOf(object)?.spec)
      .filter(({ optional }) => !optional)
      .map(({ kind, name, keys }): Need => ({
        kind,
        name,
        keys,
        namespace: object.metadata.namespace ?? desired.home,
      })),
  )
  const pulls = objects.flatMap((object) =>
    (templateOf(object)?.spec?.imagePullSecrets ?? []).flatMap(({ name }): Need[] =>
      name === undefined
        ? []
        : [{ kind: 'Secret', name, keys: [], namespace: object.metadata.namespace ?? desired.home, pulls: true }],
    ),
  )
  const declared = desired.secrets.map((need): Need => ({ kind: 'Secret', ...need }))
  return merge([...read, ...pulls, ...declared])
}

function merge(needs: readonly Need[]): Need[] {
  const merged = new Map<string, Need>()
  for (const need of needs) {
    const key = `${need.kind}/${need.namespace}/${need.name}`
    const known = merged.get(key)
    merged.set(key, { ...known, ...need, keys: [...new Set([...(known?.keys ?? []), ...need.keys])] })
  }
  return [...merged.values()]
}

function secretRow(need: Need, { desired, survey, newNamespaces }: Checked): Row[] {
  const title = `${need.kind} ${need.name}`
  const objects = desired.components.flatMap((component) => component.objects)
  const lacking = lackingKeys(need, objects)
  if (lacking.length > 0) return [missingKeys(need, lacking, 'add it to the manifest')]
  const maker = makerOf(need, objects)
  if (maker !== undefined) return [{ name: title, state: 'ok', says: `made by ${maker}` }]
  const found = survey.configs.get(keyOf(configRef(need.kind, need.namespace, need.name)))
  if (found?.state === 'forbidden') {
    return [{ name: title, state: 'unknown', says: `cannot check: no permission to read it in ${need.namespace}` }]
  }
  if (found?.state !== 'there') return [missing(need, newNamespaces.includes(need.namespace))]
  const absent = need.keys.filter((key) => !keysOf(found.object).includes(key))
  if (absent.length === 0) return [{ name: title, state: 'ok', says: `${keysOf(found.object).length} keys` }]
  return [missingKeys(need, absent)]
}

function missing(need: Need, isNew: boolean): Row {
  const where = `namespace ${need.namespace}${isNew ? ', which does not exist yet' : ''}`
  return {
    name: `${need.kind} ${need.name}`,
    state: 'blocking',
    code: need.kind === 'Secret' ? 'secret-missing' : 'configmap-missing',
    says: `Cannot start pods: ${need.kind} ${need.name} is not in ${where}, and nothing here makes it`,
    next: `kubectl -n ${need.namespace} create ${creation(need)}`.trim(),
  }
}

/** Keys that pods read and that this deploy's own Secret or ConfigMap of that name does not hold. */
function lackingKeys({ kind, namespace, name, keys }: Need, objects: readonly KubeObject[]): string[] {
  const own = objects.find((object) => object.kind === kind && object.metadata.name === name)
  if (own?.metadata.namespace !== namespace) return []
  // A rollback leaves Secrets as they are: its objects of that kind hold no data.
  const held = keysOf(own)
  return held.length === 0 ? [] : keys.filter((key) => !held.includes(key))
}

/** What follows `kubectl create`: a pull secret and a certificate have types of their own. */
function creation({ kind, name, keys, pulls }: Need): string {
  if (pulls === true) return `secret docker-registry ${name} --docker-server=… --docker-username=… --docker-password=…`
  if (kind === 'Secret' && keys.length === 2 && keys.includes('tls.crt') && keys.includes('tls.key'))
    return `secret tls ${name} --cert=tls.crt --key=tls.key`
  const literals = keys.map((key) => `--from-literal=${key}=…`).join(' ')
  return `${kind === 'Secret' ? 'secret generic' : 'configmap'} ${name} ${literals}`
}

function missingKeys(need: Need, absent: readonly string[], next?: string): Row {
  return {
    name: `${need.kind} ${need.name}`,
    state: 'blocking',
    code: need.kind === 'Secret' ? 'secret-missing' : 'configmap-missing',
    says: `Cannot start pods: ${need.kind} ${need.namespace}/${need.name} has no key ${absent.join(', ')}`,
    next: next ?? `kubectl -n ${need.namespace} edit ${need.kind.toLowerCase()} ${need.name}`,
  }
}

function keysOf(object: KubeObject): string[] {
  const { data, binaryData } = object as Secret & ConfigMap
  return [...Object.keys(data ?? {}), ...Object.keys(binaryData ?? {})]
}

/** What in this deploy makes it: the object itself, a VaultStaticSecret, a Certificate, or an Ingress through cert-manager. */
function makerOf(need: Need, objects: readonly KubeObject[]): string | undefined {
  const here = objects.filter((object) => object.metadata.namespace === need.namespace)
  const maker = here.find((object) => makes(object, need))
  return maker === undefined ? undefined : `${maker.kind} ${maker.metadata.name}`
}

function makes(object: KubeObject, need: Need): boolean {
  if (object.kind === need.kind && object.metadata.name === need.name) return true
  if (need.kind !== 'Secret') return false
  if (object.kind === 'VaultStaticSecret') {
    const { destination } = (object as VaultStaticSecret).spec
    return destination.name === need.name && destination.create === true
  }
  if (object.kind === 'Certificate') return (object as Certificate).spec.secretName === need.name
  if (object.kind === 'SealedSecret') return object.metadata.name === need.name
  if (object.kind === 'ExternalSecret') {
    const { spec } = object as { spec?: { target?: { name?: string } } }
    return (spec?.target?.name ?? object.metadata.name) === need.name
  }
  const annotations = object.metadata.annotations ?? {}
  const shimmed = 'cert-manager.io/cluster-issuer' in annotations || 'cert-manager.io/issuer' in annotations
  if (object.kind !== 'Ingress' || !shimmed) return false
  return (object as Ingress).spec?.tls?.some(({ secretName }) => secretName === need.name) ?? false
}
