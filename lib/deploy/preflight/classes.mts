import type { Cluster } from '../../kube/cluster.mts'
import type { KubeObject, Live } from '../../kube/object.mts'
import type {
  Ingress,
  IngressClass,
  PersistentVolumeClaim,
  StatefulSet,
  StorageClass,
} from '../../kube/schema/types.mts'
import { isForbidden } from '../../kube/status.mts'
import { look } from '../survey.mts'
import type { Checked } from '../preflight.mts'
import type { Row, Step } from '../types.mts'

/** Ingress class, storage class and certificate issuer of what would be written. */
export async function classRows(cluster: Cluster, checked: Checked): Promise<Row[]> {
  const objects = checked.written.flatMap(({ object }) => (object === undefined ? [] : [object]))
  const rows = await Promise.all([
    ingressClasses(cluster, objects, checked.signal),
    issuers(cluster, objects, checked.signal),
    storageClasses(cluster, checked.written, checked.signal),
  ])
  return rows.flat()
}

const DEFAULT_INGRESS = 'ingressclass.kubernetes.io/is-default-class'
const DEFAULT_STORAGE = 'storageclass.kubernetes.io/is-default-class'

async function ingressClasses(cluster: Cluster, objects: readonly KubeObject[], signal: AbortSignal): Promise<Row[]> {
  const wanted = new Set(objects.flatMap(ingressClass))
  if (wanted.size === 0) return []
  const listed = await listOrForbidden<IngressClass>(
    cluster,
    { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' },
    signal,
  )
  if (listed === 'forbidden')
    return [{ name: 'ingress class', state: 'unknown', says: 'cannot check: no permission to list ingressclasses' }]
  return [...wanted].map((name) => classRow('ingress', name, listed, DEFAULT_INGRESS))
}

// The annotation that came before the field still decides where an Ingress bears it.
const OLD_CLASS = 'kubernetes.io/ingress.class'

function ingressClass(object: KubeObject): (string | undefined)[] {
  if (object.kind !== 'Ingress' || object.metadata.annotations?.[OLD_CLASS] !== undefined) return []
  return [(object as Ingress).spec?.ingressClassName]
}

async function storageClasses(cluster: Cluster, written: readonly Step[], signal: AbortSignal): Promise<Row[]> {
  const made = written.filter(({ action }) => action === 'create').map(({ object }) => object)
  const wanted = new Set(made.flatMap(claimClasses))
  if (wanted.size === 0) return []
  const listed = await listOrForbidden<StorageClass>(
    cluster,
    { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' },
    signal,
  )
  if (listed === 'forbidden')
    return [{ name: 'storage class', state: 'unknown', says: 'cannot check: no permission to list storageclasses' }]
  return [
    ...[...wanted].map((name) => classRow('storage', name, listed, DEFAULT_STORAGE)),
    ...made.flatMap((object) => sharingRows(object, listed)),
  ]
}

/** Provisioners whose volumes are mounted on one node at a time, by their own documentation; of others nobody knows here. */
const ONE_NODE = new Set([
  'rancher.io/local-path',
  'ebs.csi.aws.com',
  'kubernetes.io/aws-ebs',
  'pd.csi.storage.gke.io',
  'kubernetes.io/gce-pd',
  'disk.csi.azure.com',
  'kubernetes.io/azure-disk',
])

/** A claim that many nodes shall mount, of a class that cannot: it would wait for its volume for ever. */
function sharingRows(object: KubeObject | undefined, listed: readonly Live<StorageClass>[]): Row[] {
  if (object?.kind !== 'PersistentVolumeClaim') return []
  const { storageClassName: asked, accessModes } = (object as PersistentVolumeClaim).spec ?? {}
  const found = listed.find(({ metadata }) =>
    asked === undefined ? metadata.annotations?.[DEFAULT_STORAGE] === 'true' : metadata.name === asked,
  )
  if (!accessModes?.includes('ReadWriteMany') || found === undefined || !ONE_NODE.has(found.provisioner)) return []
  const { name } = object.metadata
  const says = `Cannot mount ${name} on several nodes: volumes of storage class ${found.metadata.name} (${found.provisioner}) are for one`
  const next = `a class for ReadWriteMany (NFS, Filestore, EFS, Azure Files), or accessMode ReadWriteOnce for ${name}`
  return [{ name: 'access mode', state: 'blocking', says, next }]
}

/** The empty name is a choice as well: a volume that somebody made by hand. */
function claimClasses(object: KubeObject | undefined): (string | undefined)[] {
  return claimsOf(object)
    .map(({ spec }) => spec?.storageClassName)
    .filter((name) => name !== '')
}

function claimsOf(object: KubeObject | undefined): Pick<PersistentVolumeClaim, 'spec'>[] {
  if (object?.kind === 'PersistentVolumeClaim') return [object as PersistentVolumeClaim]
  if (object?.kind !== 'StatefulSet') return []
  return (object as StatefulSet).spec?.volumeClaimTemplates ?? []
}

/** Whether a class by name, or a default where none is named, is among those there are. */
export function classRow(
  what: 'ingress' | 'storage',
  name: string | undefined,
  listed: readonly Live[],
  mark: string,
): Row {
  const names = listed.map(({ metadata }) => metadata.name)
  const byDefault = listed.find(({ metadata }) => metadata.annotations?.[mark] === 'true')?.metadata.name
  const title = `${what} class`
  if (name === undefined && byDefault !== undefined)
    return { name: title, state: 'ok', says: `default class ${byDefault}` }
  if (name !== undefined && names.includes(name)) return { name: title, state: 'ok', says: name }
  const setting = what === 'ingress' ? 'ingress.className' : 'storage.className'
  const there = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`
  return {
    name: title,
    state: 'blocking',
    says:
      name === undefined
        ? `Cannot ${what === 'storage' ? 'place a volume' : 'serve an Ingress'}: no default ${title}, ${there}`
        : `Cannot use ${title} ${name}: ${there}`,
    next: names[0] === undefined ? `install one: kubectl get ${what}class` : `add --set ${setting}=${names[0]}`,
  }
}

async function issuers(cluster: Cluster, objects: readonly KubeObject[], signal: AbortSignal): Promise<Row[]> {
  const names = new Set(
    objects.flatMap(({ metadata }) => metadata.annotations?.['cert-manager.io/cluster-issuer'] ?? []),
  )
  return Promise.all([...names].map((name) => issuerRow(cluster, name, signal)))
}

async function issuerRow(cluster: Cluster, name: string, signal: AbortSignal): Promise<Row> {
  const kind = { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer' }
  const title = `ClusterIssuer ${name}`
  if ((await cluster.scopeOf(kind, { signal })) === 'unknown') {
    const says = 'Cannot issue a certificate: cert-manager is not installed'
    return {
      name: title,
      state: 'blocking',
      code: 'crd-missing',
      says,
      next: 'install cert-manager, or add --set tls.from=existing',
    }
  }
  const found = await look(cluster, { ...kind, name }, signal)
  if (found.state === 'forbidden')
    return { name: title, state: 'unknown', says: 'cannot check: no permission to read it' }
  if (found.state === 'there') return { name: title, state: 'ok', says: 'there' }
  const says = `Cannot issue a certificate: ClusterIssuer ${name} does not exist`
  return { name: title, state: 'blocking', says, next: 'kubectl get clusterissuer, then --set tls.issuer=NAME' }
}

async function listOrForbidden<T extends IngressClass | StorageClass>(
  cluster: Cluster,
  kind: { apiVersion: string; kind: string },
  signal: AbortSignal,
): Promise<Live<T>[] | 'forbidden'> {
  try {
    const { items } = await cluster.list<T>(kind, { signal })
    return items
  } catch (error) {
    if (isForbidden(error)) return 'forbidden'
    throw error
  }
}
