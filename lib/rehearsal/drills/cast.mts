import { templateOf } from '../../kube/containers.mts'
import type { KubeObject, Ref } from '../../kube/object.mts'
import { keyOf, refOf } from '../../kube/object.mts'
import type { Container, StatefulSet } from '../../kube/schema/types.mts'

/** Whom a drill may need. */
export type Role =
  | 'app'
  | 'migration'
  | 'bucket job'
  | 'other job'
  | 'volume'
  | 'ingress'
  | 'certificate'
  | 'Vault'
  | 'inside proof'
  | 'schema'

/** A container and the object that its pods are made for. */
export interface Player {
  owner: Ref
  container: string
  image: string
}

/** Who plays in a stack: found in its objects, so that a stack need not say. */
export interface Cast {
  stack: string
  /** The home namespace. */
  home: string
  app: Player
  migration?: Player
  bucketJob?: Player
  otherJob?: Player
  /** A StatefulSet with a claim, and the claim's name in its first pod. */
  volume?: Player & { claim: string }
  ingress?: Ref & { className: string | undefined }
  /** Everything that the stack renders. */
  objects: readonly KubeObject[]
  roles: ReadonlySet<Role>
}

/** A stack as it was rendered, as far as casting goes. */
export interface Rendered {
  stack: string
  home: string
  objects: readonly KubeObject[]
  /** The kinds of its proofs. */
  proofs: readonly string[]
  /** Whether the app tells its schema's revision. */
  tellsSchema: boolean
}

/** Who plays in this stack; undefined where nobody serves. */
export function castOf(rendered: Rendered): Cast | undefined {
  const { stack, home, objects, proofs, tellsSchema } = rendered
  const deployments = objects.filter(({ kind }) => kind === 'Deployment')
  const jobs = objects.filter(({ kind }) => kind === 'Job')
  const migration = [...deployments.map(migrationIn), ...jobs.map(migrationJobIn)].find((one) => one !== undefined)
  const serving = deployments.filter((one) => migration === undefined || isServed(one, migration))
  const app = serving.map(mainIn).find((player) => player !== undefined)
  if (app === undefined) return undefined
  const parts = {
    migration,
    bucketJob: mainIn(jobs.find(isBucket)),
    otherJob: mainIn(jobs.find((job) => !isBucket(job) && migrationJobIn(job) === undefined)),
    volume: objects.map(volumeIn).find((player) => player !== undefined),
    ingress: objects.map(ingressIn).find((ref) => ref !== undefined),
  }
  const roles = new Set<Role>(['app'])
  if (parts.migration !== undefined) roles.add('migration')
  if (parts.bucketJob !== undefined) roles.add('bucket job')
  if (parts.otherJob !== undefined) roles.add('other job')
  if (parts.volume !== undefined) roles.add('volume')
  if (parts.ingress !== undefined) roles.add('ingress')
  if (objects.some(isIssued)) roles.add('certificate')
  if (objects.some(({ kind }) => kind === 'VaultAuth')) roles.add('Vault')
  if (proofs.includes('inside')) roles.add('inside proof')
  if (tellsSchema && parts.migration !== undefined) roles.add('schema')
  return { stack, home, app, objects, roles, ...given(parts) }
}

function given<T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

/** Whether the migration is this Deployment's: in its pods, or by a Job of the same image. */
function isServed(deployment: KubeObject, { owner, image }: Player): boolean {
  return keyOf(refOf(deployment)) === keyOf(owner) || mainIn(deployment)?.image === image
}

function mainIn(object: KubeObject | undefined): Player | undefined {
  return object === undefined ? undefined : playerIn(object, templateOf(object)?.spec?.containers[0])
}

function migrationIn(object: KubeObject): Player | undefined {
  const inits = templateOf(object)?.spec?.initContainers ?? []
  return playerIn(object, inits.find(isMigration))
}

function migrationJobIn(job: KubeObject): Player | undefined {
  return playerIn(job, templateOf(job)?.spec?.containers.find(isMigration))
}

function isMigration({ name, command = [], args = [] }: Container): boolean {
  return /migrat/i.test(name) || /\balembic\b|\bmigrate\b/.test([...command, ...args].join(' '))
}

function playerIn(object: KubeObject, container: Container | undefined): Player | undefined {
  if (container === undefined) return undefined
  return { owner: refOf(object), container: container.name, image: container.image ?? '' }
}

function isBucket({ metadata }: KubeObject): boolean {
  return metadata.name.includes('bucket')
}

function volumeIn(object: KubeObject): Cast['volume'] {
  if (object.kind !== 'StatefulSet') return undefined
  const claim = (object as StatefulSet).spec?.volumeClaimTemplates?.[0]?.metadata?.name
  const player = mainIn(object)
  return claim === undefined || player === undefined
    ? undefined
    : { ...player, claim: `${claim}-${object.metadata.name}-0` }
}

function ingressIn(object: KubeObject): Cast['ingress'] {
  if (object.kind !== 'Ingress') return undefined
  const { spec } = object as KubeObject & { spec?: { ingressClassName?: string } }
  return { ...refOf(object), className: spec?.ingressClassName }
}

function isIssued({ kind, metadata }: KubeObject): boolean {
  const keys = Object.keys(metadata.annotations ?? {})
  return kind === 'Ingress' && keys.some((key) => /^cert-manager\.io\/.*issuer$/.test(key))
}
