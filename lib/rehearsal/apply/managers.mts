import { isDeepStrictEqual } from 'node:util'
import type { ManagedFields } from '../../kube/object.mts'
import { fromFieldsV1, isNone, toFieldsV1 } from './fields.mts'
import type { FieldSet } from './fields.mts'

/** One entry of managedFields, its fields as a set. */
export interface Manager {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource?: string
  time?: string
  fields: FieldSet
}

/** Who a write is by. */
export type Writer = Omit<Manager, 'fields' | 'time'>

/** The entries by their identity; an applier keeps it over versions of the API. */
export type Managers = ReadonlyMap<string, Manager>

export function identityOf({ manager, operation, apiVersion, subresource }: Writer): string {
  return JSON.stringify([operation, manager, operation === 'Apply' ? '' : apiVersion, subresource ?? ''])
}

export function decoded(entries: readonly ManagedFields[] | undefined): Managers {
  return new Map(
    (entries ?? []).map(({ manager, operation, apiVersion, subresource, time, fieldsV1 }): [string, Manager] => {
      const writer = { manager, operation, apiVersion, ...(subresource === undefined ? {} : { subresource }) }
      const stamp = time === undefined ? {} : { time }
      return [identityOf(writer), { ...writer, ...stamp, fields: fromFieldsV1(fieldsV1 ?? {}) }]
    }),
  )
}

/** As an object carries them: appliers first, then by time and name; managers of nothing are left out. */
export function encoded(managers: Managers): ManagedFields[] {
  return [...managers.values()]
    .filter((entry) => !isNone(entry.fields))
    .sort(inOrder)
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(fields),
      ...(subresource === undefined ? {} : { subresource }),
    }))
}

function inOrder(a: Manager, b: Manager): number {
  const words = (entry: Manager): string[] => [
    entry.operation,
    entry.time ?? '',
    entry.manager,
    entry.apiVersion,
    entry.subresource ?? '',
  ]
  const [left, right] = [words(a), words(b)]
  const place = left.findIndex((word, index) => word !== right[index])
  return place === -1 ? 0 : (left[place] ?? '') < (right[place] ?? '') ? -1 : 1
}

/** Whether two lists say the same but for the times. */
export function sameOwners(a: readonly ManagedFields[], b: readonly ManagedFields[]): boolean {
  return isDeepStrictEqual(timeless(a), timeless(b))
}

function timeless(entries: readonly ManagedFields[]): string[] {
  return entries.map((entry) => JSON.stringify([identityOf(entry), entry.apiVersion, ordered(entry.fieldsV1)])).sort()
}

function ordered(fieldsV1: Readonly<Record<string, unknown>> = {}): object {
  return toFieldsV1(fromFieldsV1(fieldsV1))
}
