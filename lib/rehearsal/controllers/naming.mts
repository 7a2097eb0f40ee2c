const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'

/** The API's timestamp of this moment (milliseconds since the epoch), in whole seconds as the API has them. */
export function stamp(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}

/** Milliseconds since the epoch of an API timestamp. */
export function momentOf(stamp: string | undefined): number | undefined {
  const ms = Date.parse(stamp ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

/** The same text for the same content, in whatever order its keys stand. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, child: unknown) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? Object.fromEntries(Object.entries(child).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : child,
  )
}

/** A template's hash in the letters of Kubernetes: 32 bits of FNV, each decimal digit replaced. */
export function hashOf(value: unknown): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(canonical(value))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return String(hash).replaceAll(/\d/g, (digit) => LETTERS.charAt(digit.charCodeAt(0) % LETTERS.length))
}

/** A duration as Go prints it: 10s, 1m20s, 5m0s. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
