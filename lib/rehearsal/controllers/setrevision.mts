import type { KubeObject, Live } from '../../kube/object.mts'
import type { PodTemplateSpec, StatefulSet } from '../../kube/schema/types.mts'
import { canonical, hashOf } from './naming.mts'
import { ownedBy, ownerOf } from './owning.mts'
import { KINDS, type World } from './world.mts'

interface ControllerRevision extends KubeObject {
  data?: { spec: { template: PodTemplateSpec } }
  revision: number
}

/** The templates that a StatefulSet knows: which one its pods had, and which one they are to have. */
export interface Revisions {
  current: string
  update: string
  templates: ReadonlyMap<string, PodTemplateSpec>
}

const EMPTY: PodTemplateSpec = { spec: { containers: [] } }

export function templateOf({ templates, update }: Revisions, name: string): PodTemplateSpec {
  return templates.get(name) ?? templates.get(update) ?? EMPTY
}

/** Finds the revision of the template, or makes it: a template that comes back is the revision it was. */
export function revisionsOf(world: World, live: Live<StatefulSet>): Revisions {
  const template = live.spec?.template ?? EMPTY
  const known = ownedBy<ControllerRevision>(world, KINDS.ControllerRevision, live)
  const same = known.find(({ data }) => canonical(data?.spec.template) === canonical(template))
  const newest = Math.max(0, ...known.map(({ revision }) => revision))
  const update =
    same === undefined || same.revision < newest
      ? world.store.put<ControllerRevision>(revised(live, template, newest + 1, same))
      : same
  const templates = [...known, update].map((one) => [one.metadata.name, one.data?.spec.template ?? EMPTY] as const)
  return {
    current: live.status?.currentRevision ?? update.metadata.name,
    update: update.metadata.name,
    templates: new Map(templates),
  }
}

function revised(
  live: Live<StatefulSet>,
  template: PodTemplateSpec,
  revision: number,
  same: ControllerRevision | undefined,
): ControllerRevision {
  if (same !== undefined) return { ...same, revision }
  return {
    ...KINDS.ControllerRevision,
    metadata: {
      name: `${live.metadata.name}-${hashOf(template)}`,
      namespace: live.metadata.namespace ?? '',
      labels: { ...live.spec?.selector.matchLabels },
      ownerReferences: [ownerOf(live)],
    },
    data: { spec: { template } },
    revision,
  }
}
