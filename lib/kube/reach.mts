import { DeployError } from '../error.mts'
import type { Code } from '../error.mts'

const EXPIRED = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

// A connection that was never made cannot have carried a request.
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EPROTO'])

/** Node's error code, its cause's where it has none itself. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : errnoOf(error.cause)
}

/** Whether the failure came before any request could have reached the server. */
export function neverSent(error: unknown): boolean {
  const code = errnoOf(error) ?? ''
  return NEVER_SENT.has(code) || EXPIRED.has(code) || UNTRUSTED.has(code)
}

/** Whether trying again cannot help: the server shows a certificate that will not do. */
export function isCertificateTrouble(error: unknown): boolean {
  const code = errnoOf(error) ?? ''
  return EXPIRED.has(code) || UNTRUSTED.has(code)
}

/** A failed connection in the operator's words. */
export function unreachable(act: string, server: string, error: unknown): DeployError {
  const code = codeFor(errnoOf(error) ?? '')
  return new DeployError({
    code,
    says: `Cannot ${act}: ${wordsFor(error, server)}`,
    next: NEXT[code] ?? 'check that the server runs and that a VPN or proxy is not missing: kubectl cluster-info',
    cause: error,
  })
}

function codeFor(errno: string): Code {
  if (EXPIRED.has(errno)) return 'certificate-expired'
  return UNTRUSTED.has(errno) ? 'certificate-untrusted' : 'unreachable'
}

const NEXT: Partial<Record<Code, string>> = {
  'certificate-expired': "renew the API server's certificate, and check this machine's clock",
  'certificate-untrusted':
    "the context's certificate-authority must be the one that signed the server's certificate; or set tls-server-name",
}

function wordsFor(error: unknown, server: string): string {
  const message = error instanceof Error ? error.message : String(error)
  const words: Record<string, string> = {
    ECONNREFUSED: `${server} refuses connections`,
    ENOTFOUND: `no address is known for ${server}`,
    EAI_AGAIN: `the name service does not answer for ${server}`,
    ETIMEDOUT: `${server} does not answer`,
    ECONNRESET: `${server} broke the connection`,
    EPROTO: `${server} does not speak TLS`,
    CERT_HAS_EXPIRED: `the certificate of ${server} has expired`,
    CERT_NOT_YET_VALID: `the certificate of ${server} is not valid yet`,
  }
  const errno = errnoOf(error) ?? ''
  if (UNTRUSTED.has(errno)) return `the certificate of ${server} is not trusted: ${message}`
  return words[errno] ?? `${server}: ${message}`
}
