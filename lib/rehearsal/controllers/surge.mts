import type { Deployment } from '../../kube/schema/types.mts'

/** How many pods beyond its replicas a Deployment may have while it rolls, and how many may be missing. */
export function surgeOf({ spec }: Deployment): { maxSurge: number; maxUnavailable: number } {
  const replicas = spec?.replicas ?? 1
  if (spec?.strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: replicas }
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec?.strategy?.rollingUpdate ?? {}
  const surge = share(maxSurge, replicas, Math.ceil)
  const unavailable = share(maxUnavailable, replicas, Math.floor)
  // Both nothing would never get anywhere.
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas) }
}

function share(value: number | string, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value
  return value.endsWith('%') ? round((Number.parseInt(value, 10) * of) / 100) : Number.parseInt(value, 10)
}
