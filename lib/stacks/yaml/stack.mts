import { z } from 'zod'
import { formatRef, keyOf, refOf } from '../../kube/object.mts'
import { isClusterScoped } from '../finish.mts'
import type { Stack } from '../stack.mts'
import { componentsOf } from './components.mts'
import { badManifest } from './documents.mts'
import { momentOf, notesOnHooks } from './hooks.mts'
import type { Manifest } from './manifest.mts'
import { proofsOf } from './proofs.mts'
import { filledSecrets, secretValues } from './secrets.mts'

/**
 * Plain manifests as a stack: nothing to set and no tags, since the manifests name their images. Its home is the one
 * namespace that all of them name, otherwise its name's. Throws `bad-manifest` for an object that stands twice.
 */
export function stackOfManifests(name: string, manifests: readonly Manifest[], notes: readonly string[] = []): Stack {
  const applied = manifests.filter(({ object }) => momentOf(object) !== 'never')
  const objects = applied.map(({ object }) => object)
  const namespace = onlyNamespace(applied)
  return {
    name,
    images: {},
    settings: z.strictObject({}),
    ...(namespace === undefined ? {} : { namespace }),
    told: {
      secrets: secretValues(manifests.map(({ object }) => object)),
      notes: [...notes, ...notesOnHooks(manifests)],
    },
    components({ namespace: home }) {
      refuseTwice(applied, home)
      return componentsOf(objects, home)
    },
    proofs: ({ namespace: home }) => proofsOf(objects, home),
    secrets: ({ namespace: home }) => filledSecrets(objects, home),
  }
}

/** A stack of which only the release records are wanted: its name finds them. */
export function recordedStack(name: string): Stack {
  return { name, images: {}, settings: z.strictObject({}), components: () => [], proofs: () => [] }
}

function onlyNamespace(manifests: readonly Manifest[]): string | undefined {
  const placed = manifests.filter(({ object }) => !isClusterScoped(object)).map(({ object }) => object.metadata)
  const [first, ...others] = new Set(placed.map(({ namespace }) => namespace))
  return others.length === 0 ? first : undefined
}

function refuseTwice(manifests: readonly Manifest[], home: string): void {
  const seen = new Map<string, string>()
  for (const { at, object } of manifests) {
    const ref = refOf(object)
    const key = keyOf(isClusterScoped(object) ? ref : { ...ref, namespace: ref.namespace ?? home })
    const before = seen.get(key)
    if (before !== undefined) throw badManifest(at, `${formatRef(ref)} stands in ${before} already`)
    seen.set(key, at)
  }
}
