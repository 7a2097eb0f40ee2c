import { keyOf, kindKey, refOf, type Kind, type Live } from '../../kube/object.mts'
import { stamp } from './naming.mts'
import { isLeaving, remove } from './owning.mts'
import { KINDS, type Controller, type World } from './world.mts'

const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

/**
 * Removes what nobody owns any more. An owner that goes takes its own along; one that is to go in the foreground waits
 * for them, one with the finalizer `orphan` lets them go first.
 */
export const startCollector: Controller = (world) => {
  const kinds = new Map<string, Kind>(Object.values(KINDS).map((kind) => [kindKey(kind), kind]))
  const dependents = (owner: Live): Live[] =>
    [...kinds.values()].flatMap((kind) =>
      world.store.list(kind, undefined, (object) => isOf(object, owner.metadata.uid)),
    )
  const hear = (type: string, object: Live): void => {
    kinds.set(kindKey(object), { apiVersion: object.apiVersion, kind: object.kind })
    if (type === 'DELETED') after(world, () => bereave(world, object, dependents(object)))
    else if (finalizersOf(object, ORPHAN)) after(world, () => release(world, object, dependents(object)))
    else if (finalizersOf(object, FOREGROUND)) after(world, () => drain(world, object, dependents(object)))
  }
  return { [Symbol.dispose]: world.store.listen(({ type, object }) => hear(type, object)) }
}

function after({ time, stage }: World, act: () => void): void {
  time.after(stage.delays.react, act)
}

function finalizersOf(object: Live, name: string): boolean {
  return isLeaving(object) && (object.metadata.finalizers ?? []).includes(name)
}

/** Dependents of an owner that is gone: those that nobody else owns go too. */
function bereave(world: World, owner: Live, dependents: readonly Live[]): void {
  for (const one of dependents) {
    if (disowned(one, owner).metadata.ownerReferences === undefined) remove(world, one)
    else world.store.put(disowned(one, owner))
  }
  for (const { uid, ...ref } of owner.metadata.ownerReferences ?? []) freed(world, { ...ref, uid }, owner)
}

/** An owner that waits in the foreground for this one looks again. */
function freed(
  world: World,
  { apiVersion, kind, name, uid }: { apiVersion: string; kind: string; name: string; uid: string },
  { metadata }: Live,
): void {
  const ref = { apiVersion, kind, name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) }
  const owner = world.store.get(ref)
  if (owner === undefined || owner.metadata.uid !== uid || !finalizersOf(owner, FOREGROUND)) return
  drain(world, owner, ownedIn(world, metadata.namespace, uid))
}

function disowned(object: Live, owner: Live): Live {
  const { ownerReferences = [], ...metadata } = object.metadata
  const rest = ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid)
  return { ...object, metadata: rest.length === 0 ? metadata : { ...metadata, ownerReferences: rest } }
}

function release(world: World, owner: Live, dependents: readonly Live[]): void {
  for (const one of dependents) world.store.put(disowned(one, owner))
  finish(world, owner, ORPHAN)
}

function drain(world: World, owner: Live, dependents: readonly Live[]): void {
  for (const one of dependents) removeAfterItsOwn(world, one)
  const rest = dependents.filter((one) => world.store.get(refOf(one))?.metadata.uid === one.metadata.uid)
  if (rest.length === 0) finish(world, owner, FOREGROUND)
}

/** What has dependents of its own waits for them in turn. */
function removeAfterItsOwn(world: World, object: Live): void {
  if (isLeaving(object)) return
  const { metadata } = object
  if (ownedIn(world, metadata.namespace, metadata.uid).length === 0) return remove(world, object)
  const finalizers = [...(metadata.finalizers ?? []), FOREGROUND]
  const deletionTimestamp = stamp(world.time.now())
  world.store.put({ ...object, metadata: { ...metadata, finalizers, deletionTimestamp } })
}

function ownedIn({ store }: World, namespace: string | undefined, owner: string): Live[] {
  return Object.values(KINDS).flatMap((kind) => store.list(kind, namespace, (object) => isOf(object, owner)))
}

function isOf({ metadata }: Live, owner: string): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === owner) ?? false
}

/** Takes a finalizer off, and the object with the last one. */
function finish({ store }: World, owner: Live, finalizer: string): void {
  const live = store.get(refOf(owner))
  if (live === undefined || keyOf(refOf(live)) !== keyOf(refOf(owner))) return
  const finalizers = (live.metadata.finalizers ?? []).filter((name) => name !== finalizer)
  if (finalizers.length === 0) store.drop(refOf(live))
  else store.put({ ...live, metadata: { ...live.metadata, finalizers } })
}
