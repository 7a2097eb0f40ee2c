/**
 * A copy of what JSON can hold. structuredClone takes ten times as long, and a store copies an object at every read:
 * it was a third of the processor time of a rehearsed deploy.
 */
export function copied<T>(value: T): T {
  return copy(value) as T
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copy)
  const made: Record<string, unknown> = {}
  for (const key of Object.keys(value)) made[key] = copy((value as Record<string, unknown>)[key])
  return made
}

const kept = new WeakSet<object>()

/**
 * The value as nobody can change it any more, to be handed out without a copy. What is in it and was made so before is
 * taken as it is: an object that is written with a new status shares its whole spec with the one before.
 */
export function frozen<T>(value: T): T {
  return freeze(value) as T
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || kept.has(value)) return value
  const made = Array.isArray(value) ? value.map(freeze) : frozenFields(value as Record<string, unknown>)
  kept.add(Object.freeze(made))
  return made
}

function frozenFields(value: Record<string, unknown>): object {
  const made: Record<string, unknown> = {}
  for (const key of Object.keys(value)) made[key] = freeze(value[key])
  return made
}
