import type { SchemaNode } from '../../kube/schema/schema.mts'
import { differing } from './differing.mts'
import type { Comparison } from './differing.mts'
import { difference, intersection, isNone, NONE, pathsOf, union, without, withParents } from './fields.mts'
import type { FieldSet } from './fields.mts'
import { identityOf } from './managers.mts'
import type { Manager, Managers, Writer } from './managers.mts'
import { merged, removing } from './merge.mts'
import { fieldsOf } from './typed.mts'

/** A field that another manager owns and this apply would change. */
export interface Clash {
  owner: Manager
  path: string[]
}

export interface Applying {
  live: unknown
  applied: unknown
  node: SchemaNode
  managers: Managers
  writer: Writer
  force: boolean
  now: string
  /** Paths that nobody owns here: `status` of the main resource. */
  ignored: readonly (readonly string[])[]
}

export type Applied = { state: 'merged'; object: unknown; managers: Managers } | { state: 'clash'; clashes: Clash[] }

/** What no manager ever owns: the server sets it. */
const SERVER_OWN = [
  ['f:apiVersion'],
  ['f:kind'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'uid',
    'generation',
    'managedFields',
    'resourceVersion',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ].map((field) => ['f:metadata', `f:${field}`]),
]

/** Server-side apply as structured-merge-diff does it: merge, take away what was given up, then see who else owns what changed. */
export function applied(request: Applying): Applied {
  const { live, node, managers, writer, now } = request
  const id = identityOf(writer)
  const fields = owned(fieldsOf(request.applied, node), request.ignored)
  const whole = merged(live, request.applied, node)
  const claimed = new Map(managers).set(id, { ...writer, time: now, fields })
  const object = pruned(whole, node, claimed, managers.get(id)?.fields ?? NONE)
  const compared = differing(live, object, node)
  const clashes = request.force ? [] : clashesIn(claimed, id, compared)
  if (clashes.length > 0) return { state: 'clash', clashes }
  return { state: 'merged', object, managers: settled(claimed, id, compared) }
}

/** A plain write: what changed belongs to the writer from here on, and to nobody else. */
export function updated(request: Omit<Applying, 'applied' | 'force'> & { next: unknown }): Managers {
  const { live, next, node, managers, writer, now } = request
  const compared = differing(live, next, node)
  const won = owned(union(compared.added, compared.modified), request.ignored)
  const left = settled(managers, undefined, compared)
  if (isNone(won)) return left
  const id = identityOf(writer)
  return new Map(left).set(id, { ...writer, time: now, fields: union(left.get(id)?.fields ?? NONE, won) })
}

function owned(fields: FieldSet, ignored: readonly (readonly string[])[]): FieldSet {
  const kept = without(fields, [...SERVER_OWN, ...ignored])
  const metadata = kept.children.get('f:metadata')
  if (metadata === undefined) return kept
  const children = new Map(kept.children)
  if (metadata.children.size === 0) children.delete('f:metadata')
  else children.set('f:metadata', { ...metadata, member: false })
  return { ...kept, children }
}

/** Without the items that the manager gave up and nobody else owns. */
function pruned(whole: unknown, node: SchemaNode, managers: Managers, last: FieldSet): unknown {
  if (isNone(last)) return whole
  const gaveUp = withParents(last, node)
  const all = withParents(fieldsOf(whole, node), node)
  const left = withParents(fieldsOf(removing(whole, gaveUp, node), node), node)
  const others = withParents([...managers.values()].map((entry) => entry.fields).reduce(union, NONE), node)
  const kept = removing(whole, difference(all, union(left, others)), node)
  const after = withParents(fieldsOf(kept, node), node)
  return removing(whole, intersection(difference(all, after), gaveUp), node)
}

function clashesIn(managers: Managers, id: string, { added, modified }: Comparison): Clash[] {
  const changed = union(added, modified)
  return [...managers].flatMap(([other, owner]) =>
    other === id ? [] : pathsOf(intersection(owner.fields, changed)).map((path) => ({ owner, path })),
  )
}

/** Everybody but the writer loses what changed or went. */
function settled(managers: Managers, id: string | undefined, compared: Comparison): Managers {
  const lost = union(union(compared.added, compared.modified), compared.removed)
  return new Map(
    [...managers].map(([key, entry]): [string, Manager] => [
      key,
      key === id ? entry : { ...entry, fields: difference(entry.fields, lost) },
    ]),
  )
}
