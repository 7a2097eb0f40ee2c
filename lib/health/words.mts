/** How much of a log is evidence. */
export const EVIDENCE_LINES = 10

const LONGEST = 400

/** One line, whitespace folded, cut where nobody reads on. */
export function oneLine(text: string): string {
  const folded = text.replaceAll(/\s+/g, ' ').trim()
  return folded.length > LONGEST ? `${folded.slice(0, LONGEST)}…` : folded
}

// What every runtime and kubelet puts before the point.
const PREFIXES =
  /^Back-off pulling image "[^"]*": \w+: |rpc error: code = \w+ desc = |failed to pull and unpack image "[^"]*": |failed to (create|start) containerd task: |failed to create shim task: |OCI runtime create failed: |runc create failed: |unable to start container process: |error during container init: /g

/** A message of the kubelet on one line, without the chain of who passed it on. */
export function plain(message: string): string {
  return oneLine(message.replaceAll(PREFIXES, '').replace(/:\s*$/, ''))
}

/** The lines of a message that say something. */
export function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '')
}

/** The end of a log, as evidence. */
export function tailOf(lines: readonly string[]): string[] {
  return lines.slice(-EVIDENCE_LINES).map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line))
}

// Registries put a user and a token into rate-limit messages, drivers a password into a URL. What is known to be secret
// is scrubbed on the way out; these are secrets that nobody told us.
const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  [/(\w+:\/\/[^\s/:@]*):[^\s/@]+@/g, '$1:***@'],
  [/\b(password|passwd|token|secret|signature|access_key)=[^\s&"']+/gi, '$1=***'],
  [/\b(Bearer|Basic) [\w.+/=-]{8,}/g, '$1 ***'],
]

/** The text without what looks like a credential. */
export function withoutCredentials(text: string): string {
  return CREDENTIALS.reduce((rest, [pattern, stands]) => rest.replaceAll(pattern, stands), text)
}

/** `3 old pods`, `1 old pod`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
