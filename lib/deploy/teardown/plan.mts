import type { Cluster } from '../../kube/cluster.mts'
import { formatRef, keyOf, refOf } from '../../kube/object.mts'
import type { KubeObject, Live } from '../../kube/object.mts'
import type { StatefulSet } from '../../kube/schema/types.mts'
import type { Desired } from '../../stacks/stack.mts'
import { isMadeBy } from '../orphans.mts'
import type { Row } from '../types.mts'
import { findStack } from './found.mts'
import type { Found } from './found.mts'
import { contentRows } from './content.mts'
import { permissionRows } from './permissions.mts'
import type { Going, Kept, Node, TeardownPlan } from './types.mts'
import { allOf } from './types.mts'

export interface TeardownOptions {
  /** What goes as well, although it holds data or is not the stack's alone. */
  with: readonly Kept[]
  signal: AbortSignal
}

/**
 * What a teardown of this stack would remove: whatever bears its label and was written by its field manager. Volumes,
 * foreign Secrets and namespaces stay unless they are named. Reads only.
 */
export async function planTeardown(
  cluster: Cluster,
  desired: Desired,
  options: TeardownOptions,
): Promise<TeardownPlan> {
  const started = performance.now()
  const found = await findStack(cluster, desired, options.signal)
  const plan = planOf(desired, found, options.with)
  const rows = [
    ...(await contentRows(cluster, plan, options)),
    ...(await permissionRows(cluster, plan, options.signal)),
  ]
  return { ...plan, preflight: [...plan.preflight, ...rows], elapsed: performance.now() - started }
}

/** Decides about everything that was found. */
export function planOf(desired: Desired, found: Found, named: readonly Kept[]): TeardownPlan {
  const { stack } = desired
  const ours = found.labelled.filter((live) => isMadeBy(stack, live))
  const strangers = found.labelled.filter(
    (live) => !isMadeBy(stack, live) && live.metadata.ownerReferences === undefined,
  )
  const volumes = [...ours.filter(isVolume), ...found.claims]
  const namespaces = ours.filter(({ kind }) => kind === 'Namespace')
  const definitions = ours.filter(({ kind }) => kind === 'CustomResourceDefinition')
  const plain = ours.filter((live) => ![...volumes, ...namespaces, ...definitions].includes(live))
  const going = new Set(plain.map(({ metadata }) => metadata.uid))
  const secrets = found.secrets.filter((live) => !going.has(live.metadata.uid) && !isOwned(live, going))
  const groups = { volumes: unique(volumes), secrets: unique(secrets), namespaces }
  const graph = graphOf(desired, found)
  const rows = [
    ...keptRows(groups, named),
    ...strangers.map(strangerRow),
    ...definitions.map(definitionRow),
    ...(named.includes('volumes') ? [] : plain.flatMap(deletesVolumes)),
  ]
  const asked = (kept: Kept): Live[] => (named.includes(kept) ? groups[kept] : [])
  const also = (['volumes', 'secrets'] as const).flatMap((component) =>
    asked(component).map((live): Going => ({ component, live })),
  )
  const stay = (Object.keys(groups) as Kept[]).flatMap((kept) => (named.includes(kept) ? [] : groups[kept]))
  return {
    desired,
    graph: withKept(graph),
    objects: [...inReverse(plain, desired, found, graph), ...also],
    records: found.records,
    ...(found.lease === undefined ? {} : { lease: found.lease }),
    namespaces: asked('namespaces'),
    stays: [...stay, ...definitions, ...strangers].map(refOf),
    preflight: rows,
    home: homeOf(found),
    elapsed: 0,
  }
}

/** Whether there is nothing to remove. */
export function isGone(plan: TeardownPlan): boolean {
  return allOf(plan).length === 0
}

function homeOf({ home }: Found): TeardownPlan['home'] {
  if (home === undefined) return 'missing'
  return home.metadata.deletionTimestamp === undefined ? 'here' : 'leaving'
}

function isVolume({ kind }: KubeObject): boolean {
  return kind === 'PersistentVolumeClaim' || kind === 'PersistentVolume'
}

function isOwned({ metadata }: Live, owners: ReadonlySet<string>): boolean {
  return metadata.ownerReferences?.some(({ uid }) => owners.has(uid)) === true
}

function unique(objects: readonly Live[]): Live[] {
  return [...new Map(objects.map((live) => [live.metadata.uid, live])).values()]
}

/** The components of the live release, and those that only this rendering has. */
function graphOf(desired: Desired, { releases: [base] }: Found): Node[] {
  const known = base?.desired.components ?? []
  const newer = desired.components.filter(({ name }) => !known.some((one) => one.name === name))
  return [...known, ...newer].map(({ name, needs }) => ({ name, needs }))
}

// What holds data goes when nothing runs any more that writes to it.
function withKept(graph: readonly Node[]): Node[] {
  const last = ['volumes', 'secrets'].map((name) => ({ name, needs: [] }))
  return [...last, ...graph.map(({ name, needs }) => ({ name, needs: [...needs, 'volumes', 'secrets'] }))]
}

/** What no component of the two names any more goes first, then each component behind those that need it. */
function inReverse(plain: readonly Live[], desired: Desired, found: Found, graph: readonly Node[]): Going[] {
  const components = new Map<string, string>()
  for (const version of [desired, ...found.releases.toReversed().map((release) => release.desired)])
    for (const { name, objects } of version.components)
      for (const object of objects) components.set(keyOf(refOf(object)), name)
  const names = graph.map(({ name }) => name)
  const going = plain.map((live) => ({ live, component: components.get(keyOf(refOf(live))) ?? 'left over' }))
  const rank = ({ component }: Going): number => {
    const at = names.indexOf(component)
    return at === -1 ? names.length : at
  }
  return going.toReversed().sort((a, b) => rank(b) - rank(a))
}

function keptRows(groups: Readonly<Record<Kept, readonly Live[]>>, named: readonly Kept[]): Row[] {
  return (Object.keys(groups) as Kept[]).flatMap((kept): Row[] => {
    if (named.includes(kept) || groups[kept].length === 0) return []
    const refs = groups[kept].map((live) => formatRef(refOf(live))).join(', ')
    return [
      {
        name: kept,
        state: 'warning',
        says: `${refs} stay${groups[kept].length === 1 ? 's' : ''}`,
        next: `--with ${kept} removes ${groups[kept].length === 1 ? 'it' : 'them'} too`,
      },
    ]
  })
}

function strangerRow(live: Live): Row {
  const says = `${formatRef(refOf(live))} bears the stack's label, but something else wrote it: it stays`
  return { name: 'foreign', state: 'warning', says, next: kubectlDelete(live) }
}

function definitionRow(live: Live): Row {
  const says = `${formatRef(refOf(live))} stays: every object of its kind, in all namespaces, would go with it`
  return { name: 'crd', state: 'warning', says, next: kubectlDelete(live) }
}

function kubectlDelete({ kind, metadata }: Live): string {
  const at = metadata.namespace === undefined ? '' : ` -n ${metadata.namespace}`
  return `kubectl${at} delete ${kind.toLowerCase()} ${metadata.name}, once that is no loss`
}

/** A StatefulSet may take its volumes along when it is deleted. */
function deletesVolumes(live: Live): Row[] {
  const policy = (live as Live<StatefulSet>).spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted
  if (live.kind !== 'StatefulSet' || policy !== 'Delete') return []
  const says = `Cannot remove ${formatRef(refOf(live))} alone: by its retention policy its volumes would be deleted with it`
  const next = 'add --with volumes, or set persistentVolumeClaimRetentionPolicy.whenDeleted to Retain'
  return [{ name: 'volumes', state: 'blocking', code: 'blocked', says, next }]
}
