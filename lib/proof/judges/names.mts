import type { X509Certificate } from 'node:crypto'

/** The names a certificate is for, short: `a.example.com, b.example.com`. */
export function namesOf(certificate: X509Certificate | undefined): string {
  const names = certificate?.subjectAltName?.replaceAll(/(DNS|IP Address):/g, '')
  return names ?? commonName(certificate?.subject) ?? 'nobody'
}

/** Who signed it: the issuer's common name, else its whole name on one line. */
export function issuerOf(certificate: X509Certificate | undefined): string {
  return commonName(certificate?.issuer) ?? certificate?.issuer.replaceAll('\n', ', ') ?? 'an unknown authority'
}

/** The day it ends, `2026-11-21`. */
export function until(certificate: X509Certificate | undefined): string {
  return certificate?.validToDate.toISOString().slice(0, 10) ?? 'unknown'
}

function commonName(name: string | undefined): string | undefined {
  return /^CN=(.*)$/m.exec(name ?? '')?.[1]
}
