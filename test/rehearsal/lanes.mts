/** Works on a list in so many lanes at once; each takes the next one that nobody has. A failure ends its lane and is thrown. */
export async function inLanes(count: number, lane: (next: <T>(list: readonly T[]) => T | undefined) => Promise<void>) {
  let taken = 0
  const next = <T,>(list: readonly T[]): T | undefined => list[taken++]
  const ended = await Promise.allSettled(Array.from({ length: count }, () => lane(next)))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}
