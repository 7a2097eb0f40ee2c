import { isRecord } from './layers.mts'
import type { Path } from './shape.mts'

const CERTAIN = /(password|passwd|passphrase|token|privatekey|secretkey|accesskey|accesskeyid|apikey|credentials?)$/
const LIKELY = /(secret|key)$/
const CREDENTIALS = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*:[^/?#\s]+@/i

/** Whether a name says that its value is a secret, whatever a schema says. */
export function isSecretName(name: string): boolean {
  return CERTAIN.test(plain(name))
}

/** Whether a name that no schema knows sounds like a secret's. */
export function soundsSecret(name: string): boolean {
  return isSecretName(name) || LIKELY.test(plain(name))
}

/** Whether a value carries a secret within: a URL with a password. */
export function hasCredentials(value: unknown): value is string {
  return typeof value === 'string' && CREDENTIALS.test(value)
}

/** Where the first secret in a value is, its own path being `path`: by the name of a key, or as a URL with a password. */
export function secretWithin(path: Path, value: unknown): Path | undefined {
  if (value === null || value === undefined || value === '') return undefined
  if (Array.isArray(value)) return value.map((item) => secretWithin(path, item)).find((found) => found !== undefined)
  if (isRecord(value))
    return Object.entries(value)
      .map(([key, inner]) => secretWithin([...path, key], inner))
      .find((found) => found !== undefined)
  return isSecretName(path.at(-1) ?? '') || hasCredentials(value) ? path : undefined
}

function plain(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9]/g, '').toLowerCase()
}
