import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { MintedPair } from './stage.mts'

/** Who signs what the rehearsal's site shows; lives as long as the process, and its key never leaves it. */
export interface Authority {
  /** PEM, for whoever is to trust it. */
  certificate: string
  /** A certificate for these names, with its chain, and its key; good for 90 days, or for `days` from now. */
  mint: (names: readonly string[], days?: number) => Promise<MintedPair>
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 24 * 3_600_000
const ISSUER = 'CN=rehearsal authority'

/** An authority whose certificates are good for 90 days from this moment (milliseconds since the epoch). */
export async function makeAuthority(now: number): Promise<Authority> {
  cryptoProvider.set(webcrypto)
  const keys = await newKeys()
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: ISSUER,
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + 3650 * DAY),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  const certificate = `${root.toString('pem')}\n`
  return {
    certificate,
    mint: (names, days = 90) => mintFor(names, { now, days, certificate, signingKey: keys.privateKey }),
  }
}

async function mintFor(
  names: readonly string[],
  given: { now: number; days: number; certificate: string; signingKey: webcrypto.CryptoKey },
): Promise<MintedPair> {
  const { now, days, certificate, signingKey } = given
  const keys = await newKeys()
  const leaf = await X509CertificateGenerator.create({
    subject: `CN=${names[0] ?? 'rehearsal'}`,
    issuer: ISSUER,
    notBefore: new Date(now + (days < 0 ? days - 90 : -1) * DAY),
    notAfter: new Date(now + days * DAY),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
    ],
  })
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
  return { 'tls.crt': `${leaf.toString('pem')}\n${certificate}`, 'tls.key': key }
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}
