import assert from 'node:assert/strict'
import type { Cluster } from '../../lib/kube/cluster.mts'
import type { KubeObject, Live, Ref } from '../../lib/kube/object.mts'
import { isConflict } from '../../lib/kube/status.mts'
import { OURS, placed, refIn } from './row.mts'
import type { Manifest, Named, Step, Uid } from './row.mts'

/** The object that a step is about. */
export function targetOf(step: Step): Named {
  if ('ref' in step) return step.ref
  return { apiVersion: step.object.apiVersion, kind: step.object.kind, name: step.object.metadata.name }
}

/** The namespace of a row, and its requests there. */
export class Place {
  readonly cluster: Cluster
  readonly namespace: string

  constructor(cluster: Cluster, namespace: string) {
    this.cluster = cluster
    this.namespace = namespace
  }

  async open(): Promise<void> {
    await this.cluster.apply(this.#home(), { manager: OURS })
  }

  async close(): Promise<void> {
    await this.cluster.remove({ apiVersion: 'v1', kind: 'Namespace', name: this.namespace }, {})
  }

  async take(step: Step): Promise<string> {
    if (step.verb === 'apply') return (await this.apply(step)).outcome
    if (step.verb === 'replace') return this.#replace(step)
    if (step.verb === 'remove') return this.#remove(step)
    if (step.verb === 'create') await this.cluster.create(await this.#placed(step.object))
    else await this.cluster.merge(await this.#ref(step.ref), step.patch)
    return step.verb
  }

  async #remove(step: Extract<Step, { verb: 'remove' }>): Promise<'removed'> {
    const uid = await this.#uid(step.ref, step.uid)
    await this.cluster.remove(await this.#ref(step.ref), uid === undefined ? {} : { uid })
    return 'removed'
  }

  async apply(step: Extract<Step, { verb: 'apply' }>): ReturnType<Cluster['apply']> {
    const { object, manager = OURS, force = false, dryRun = false, resourceVersion } = step
    const uid = await this.#uid(targetOf(step), step.uid)
    return this.cluster.apply(await this.#placed(object), {
      manager,
      force,
      dryRun,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    })
  }

  async live(ref: Named): Promise<Live | undefined> {
    return this.cluster.get(await this.#ref(ref))
  }

  /** Where the row does not ask for an old resourceVersion, a controller's write in between is not its matter. */
  async #replace(step: Extract<Step, { verb: 'replace' }>): Promise<'replaced'> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.cluster.replace(await this.#laidOver(step))
        return 'replaced'
      } catch (error) {
        if (step.resourceVersion !== undefined || !isConflict(error) || attempt === 10) throw error
      }
    }
  }

  async #laidOver(step: Extract<Step, { verb: 'replace' }>): Promise<KubeObject> {
    const live = await this.live(step.ref)
    assert.ok(live !== undefined)
    const version = step.resourceVersion ?? live.metadata.resourceVersion
    return { ...live, ...step.with, metadata: { ...live.metadata, resourceVersion: version } }
  }

  async #uid(ref: Named, uid: Uid | undefined): Promise<string | undefined> {
    return uid === 'live' ? (await this.live(ref))?.metadata.uid : uid
  }

  async #placed(object: Manifest): Promise<KubeObject> {
    const own = object.metadata['namespace'] === undefined ? await this.#namespaceOf(object) : undefined
    return placed(this.#spoken(object), own)
  }

  async #ref(ref: Named): Promise<Ref> {
    return refIn(this.#spoken(ref), await this.#namespaceOf(ref))
  }

  async #namespaceOf(kind: { apiVersion: string; kind: string }): Promise<string | undefined> {
    return (await this.cluster.scopeOf(kind)) === 'namespaced' ? this.namespace : undefined
  }

  // A row speaks of its own namespace as `NAMESPACE`, and of cluster-scoped objects below that name.
  #spoken<T>(value: T): T {
    return JSON.parse(JSON.stringify(value).replaceAll('NAMESPACE', this.namespace)) as T
  }

  #home(): KubeObject {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } }
  }
}
