import type { X509Certificate } from 'node:crypto'
import type { Address } from '../edge.mts'
import { issuerOf, namesOf, until } from './names.mts'

interface Refusal {
  code: string
  question: { host: string; address: Address }
  /** Milliseconds. */
  limit: number
  certificate: X509Certificate | undefined
  /** What the runtime said, for codes that have no words here. */
  error: string
}

type Words = (refusal: Refusal) => string

const CONNECTION: Readonly<Record<string, Words>> = {
  ECONNREFUSED: ({ question }) => `nothing listens at ${at(question.address)}`,
  ECONNRESET: ({ question }) => `${at(question.address)} closed the connection`,
  ETIMEDOUT: ({ question, limit }) => `no answer from ${at(question.address)} within ${limit / 1000} s`,
  ENETUNREACH: ({ question }) => `no route from here to ${at(question.address)}`,
  EHOSTUNREACH: ({ question }) => `no route from here to ${at(question.address)}`,
  ENOTFOUND: ({ question }) => `the name ${question.address.host} does not resolve here`,
  EPROTO: ({ question }) => `${at(question.address)} does not speak TLS`,
}

const untrusted: Words = ({ certificate }) =>
  `is issued by ${issuerOf(certificate)}, which neither the system's roots nor the CA file know`

// OpenSSL's verify codes (X509_V_ERR_*) as Node names them.
const CERTIFICATE: Readonly<Record<string, Words>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: () => 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: ({ certificate }) => `or one of its chain has expired (until ${until(certificate)})`,
  CERT_NOT_YET_VALID: () => 'is not valid yet (compare the clocks)',
  INVALID_PURPOSE: () => 'is not made for servers',
  ERR_TLS_CERT_ALTNAME_INVALID: ({ certificate, question }) =>
    `is for ${namesOf(certificate)}, not for ${question.host}`,
}

/** Why there was no answer, in one clause. */
export function describeRefusal(refusal: Refusal): string {
  const aboutCertificate = CERTIFICATE[refusal.code]
  if (aboutCertificate !== undefined) return `its certificate ${aboutCertificate(refusal)}`
  return CONNECTION[refusal.code]?.(refusal) ?? `${at(refusal.question.address)}: ${refusal.error}`
}

/** Whether the code is OpenSSL's or Node's verdict about the certificate, not about the connection. */
export function isAboutCertificate(code: string): boolean {
  return code in CERTIFICATE
}

function at({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
