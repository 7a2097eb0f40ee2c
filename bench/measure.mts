/** The middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = low] = sorted.length % 2 === 0 ? sorted.slice(middle - 1, middle + 1) : [sorted[middle]]
  return (low + high) / 2
}

/** A request's life, in milliseconds of one clock. */
export interface Span {
  start: number
  end: number
}

/** How many of the spans lie one after another at most: what a slow line would be paid for. */
export function oneAfterAnother(spans: readonly Span[]): number {
  let free = Number.NEGATIVE_INFINITY
  let count = 0
  for (const { start, end } of spans.toSorted((a, b) => a.end - b.end)) {
    if (start < free) continue
    free = end
    count += 1
  }
  return count
}

/** One line of numbers: name, median, least and most. */
export function line(name: string, values: readonly number[], unit = 'ms'): string {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const told = [median(values), least, most].map((value) => value.toFixed(unit === 'ms' ? 0 : 2))
  return `${name.padEnd(32)} median ${told[0]} ${unit}, least ${told[1]}, most ${told[2]}, of ${values.length}`
}
