import { isRecord } from './layers.mts'

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

/** The name of the first secret in a value, its own name being `name`: in nested keys, or a URL with a password. */
export function secretWithin(name: string, value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined
  if (Array.isArray(value)) return value.map((item) => secretWithin(name, item)).find((found) => found !== undefined)
  if (isRecord(value))
    return Object.entries(value)
      .map(([key, inner]) => secretWithin(key, inner))
      .find((found) => found !== undefined)
  return isSecretName(name) || hasCredentials(value) ? name : undefined
}

function plain(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9]/g, '').toLowerCase()
}
