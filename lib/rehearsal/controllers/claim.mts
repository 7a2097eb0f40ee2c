import { refOf, type Live, type Ref } from '../../kube/object.mts'
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../../kube/schema/types.mts'
import { classOf } from './classes.mts'
import { IN_USE } from '../objects/birth.mts'
import { isFinished, isLeaving } from './owning.mts'
import { at, itself, KINDS, reconcile, type Controller, type World } from './world.mts'

/** The scheduler's word to whoever makes volumes. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'

// How often the volume controller says again what it lacks (recorded: storage-class-missing).
const RETRY = 12_000

/** Fills claims: at once, or when a pod that uses them has got its node. */
export const startClaims: Controller = (world) => {
  const underway = new Set<string>()
  const claims = reconcile(world, {
    watches: [
      { kind: KINDS.PersistentVolumeClaim, concerns: itself },
      {
        kind: KINDS.StorageClass,
        concerns: () => world.store.list(KINDS.PersistentVolumeClaim).flatMap(itself),
      },
    ],
    sync: (ref) => sync(world, ref, underway),
  })
  const stop = world.store.listen(({ type, object }) => {
    if (type === 'DELETED' && object.kind === 'PersistentVolumeClaim')
      world.time.after(world.stage.delays.react, () => reclaim(world, object))
  })
  return {
    [Symbol.dispose]: () => {
      stop()
      claims[Symbol.dispose]()
    },
  }
}

function sync(world: World, ref: Ref, underway: Set<string>): number | undefined {
  const { store, stage, time } = world
  const claim = store.get<PersistentVolumeClaim>(ref)
  if (claim !== undefined && isLeaving(claim)) return letGo(world, claim)
  if (claim === undefined || claim.status?.phase === 'Bound') return undefined
  if (claim.status?.phase === undefined) store.put({ ...claim, status: { phase: 'Pending' } })
  const storage = classOf(claim, store.list<StorageClass>(KINDS.StorageClass))
  if (storage === undefined) return lacks(world, claim)
  const waits = storage.volumeBindingMode === 'WaitForFirstConsumer'
  if (waits && claim.metadata.annotations?.[SELECTED_NODE] === undefined) {
    const message = 'waiting for first consumer to be created before binding'
    if (!underway.has(claim.metadata.uid)) tell(world, claim, 'WaitForFirstConsumer', message)
    underway.add(claim.metadata.uid)
    return undefined
  }
  const key = `${claim.metadata.uid}/provision`
  if (underway.has(key)) return undefined
  underway.add(key)
  announce(world, claim, storage)
  time.after(stage.delays.provision, () => bind(world, ref, storage))
  return undefined
}

// How often a claim that a pod still uses is looked at.
const IN_USE_RETRY = 1_000

/** A claim that is to go stays as long as a pod uses it. */
function letGo({ store }: World, claim: Live<PersistentVolumeClaim>): number | undefined {
  const { namespace, name, finalizers = [] } = claim.metadata
  if (!finalizers.includes(IN_USE)) return undefined
  const uses = (pod: Pod): boolean =>
    !isFinished(pod) && (pod.spec?.volumes?.some((one) => one.persistentVolumeClaim?.claimName === name) ?? false)
  if (store.list<Pod>(KINDS.Pod, namespace, uses).length > 0) return IN_USE_RETRY
  const rest = finalizers.filter((one) => one !== IN_USE)
  if (rest.length === 0) store.drop(refOf(claim))
  else store.put({ ...claim, metadata: { ...claim.metadata, finalizers: rest } })
  return undefined
}

function lacks(world: World, claim: Live<PersistentVolumeClaim>): number | undefined {
  const name = claim.spec?.storageClassName
  if (name === undefined) {
    tell(world, claim, 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
    return RETRY
  }
  const message = `storageclass.storage.k8s.io "${name}" not found`
  const by = 'persistentvolume-controller'
  world.say({ about: claim, type: 'Warning', reason: 'ProvisioningFailed', message, by })
  return RETRY
}

function tell({ say }: World, about: Live, reason: string, message: string): void {
  say({ about, reason, message, by: 'persistentvolume-controller' })
}

function announce(world: World, claim: Live<PersistentVolumeClaim>, { provisioner }: StorageClass): void {
  const { namespace, name } = claim.metadata
  const waits = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
  tell(world, claim, 'ExternalProvisioning', waits)
  tell(world, claim, 'Provisioning', `External provisioner is provisioning volume for claim "${namespace}/${name}"`)
}

function bind(world: World, ref: Ref, storage: Live<StorageClass>): void {
  const claim = world.store.get<PersistentVolumeClaim>(ref)
  if (claim === undefined || isLeaving(claim)) return
  const name = `pvc-${claim.metadata.uid}`
  tell(world, claim, 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`)
  world.store.put(volumeFor(claim, storage, name))
  const capacity = claim.spec?.resources?.requests ?? {}
  const accessModes = claim.spec?.accessModes ?? []
  const annotations = { ...claim.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' }
  const spec = { ...claim.spec, volumeName: name }
  const metadata = { ...claim.metadata, annotations }
  world.store.put({ ...claim, metadata, spec, status: { phase: 'Bound', accessModes, capacity } })
}

function volumeFor(claim: Live<PersistentVolumeClaim>, storage: Live<StorageClass>, name: string): PersistentVolume {
  const { namespace = '', name: claimName, uid } = claim.metadata
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': storage.provisioner } },
    spec: {
      accessModes: claim.spec?.accessModes ?? [],
      capacity: claim.spec?.resources?.requests ?? {},
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: claimName, uid },
      persistentVolumeReclaimPolicy: storage.reclaimPolicy ?? 'Delete',
      storageClassName: storage.metadata.name,
    },
    status: { phase: 'Bound' },
  }
}

/** A claim that goes takes its volume along, unless the volume is to be kept. */
function reclaim({ store }: World, claim: Live): void {
  const name = `pvc-${claim.metadata.uid}`
  const volume = store.get<PersistentVolume>(at(KINDS.PersistentVolume, undefined, name))
  if (volume === undefined) return
  if (volume.spec?.persistentVolumeReclaimPolicy === 'Retain') store.put({ ...volume, status: { phase: 'Released' } })
  else store.drop(refOf(volume))
}
