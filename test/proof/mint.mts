import 'reflect-metadata'
import { KeyObject, webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { X509Certificate } from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 24 * 3_600_000

cryptoProvider.set(webcrypto)

export interface Minted {
  /** PEM. */
  certificate: string
  key: string
}

export interface Authority {
  name: string
  /** PEM. */
  certificate: string
  keys: webcrypto.CryptoKeyPair
}

let serial = 16

export async function mintAuthority(name: string): Promise<Authority> {
  const keys = await makeKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...common(name, { from: -1, to: 365 }),
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  return { name, certificate: certificate.toString('pem'), keys }
}

interface Validity {
  /** Days from now. */
  from: number
  to: number
}

/** A certificate for the hosts, valid for 71 days and a half unless told. */
export async function mint(authority: Authority, hosts: readonly string[], days?: Validity): Promise<Minted> {
  const keys = await makeKeys()
  return pairOf(
    keys,
    await X509CertificateGenerator.create({
      ...common(hosts[0] ?? 'nobody', days),
      subject: `CN=${hosts[0]}`,
      issuer: `CN=${authority.name}`,
      publicKey: keys.publicKey,
      signingKey: authority.keys.privateKey,
      extensions: [namesFor(hosts)],
    }),
  )
}

/** A certificate that nobody but itself vouches for. */
export async function mintSelfSigned(hosts: readonly string[]): Promise<Minted> {
  const keys = await makeKeys()
  const options = { ...common(hosts[0] ?? 'nobody'), keys, extensions: [namesFor(hosts)] }
  return pairOf(keys, await X509CertificateGenerator.createSelfSigned(options))
}

function pairOf(keys: webcrypto.CryptoKeyPair, certificate: X509Certificate): Minted {
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString()
  return { certificate: `${certificate.toString('pem')}\n`, key }
}

function namesFor(hosts: readonly string[]): SubjectAlternativeNameExtension {
  return new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns', value })))
}

function common(name: string, { from, to }: Validity = { from: -1, to: 71.5 }) {
  const now = Date.now()
  return {
    serialNumber: (serial++).toString(16),
    name: `CN=${name}`,
    notBefore: new Date(now + from * DAY),
    notAfter: new Date(now + to * DAY),
    signingAlgorithm: ALGORITHM,
  }
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}
