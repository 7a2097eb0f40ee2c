import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../host/command.mts'

/** What a Secret of type kubernetes.io/tls holds. */
export interface Pair {
  readonly certificate: string
  readonly key: string
}

const day = 24 * 60 * 60 * 1000

/** Makes the demo's own certificate authority in `folder` where there is none, and returns its certificate as PEM. */
export async function makeAuthority(folder: string): Promise<string> {
  const { key, certificate } = authority(folder)
  if (!existsSync(certificate)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const subject = ['-subj', '/CN=landfall demo CA', '-days', '365', '-config', emptyConfig(folder)]
    const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign']
    await run('openssl', ['req', '-x509', ...newKey(key), ...subject, ...addext(extensions), '-out', certificate])
  }
  return readFileSync(certificate, 'utf8')
}

/** Issues a certificate for one host name, valid for 90 days. */
export async function issueCertificate(folder: string, host: string): Promise<Pair> {
  const [key, request] = [join(folder, `${host}.key`), join(folder, `${host}.csr`)]
  const names = [`subjectAltName=DNS:${host}`, 'extendedKeyUsage=serverAuth', 'basicConstraints=critical,CA:FALSE']
  const subject = ['-subj', `/CN=${host}`, '-config', emptyConfig(folder)]
  await run('openssl', ['req', '-new', ...newKey(key), ...subject, ...addext(names), '-out', request])
  const by = authority(folder)
  const signer = ['-CA', by.certificate, '-CAkey', by.key, '-CAcreateserial', '-copy_extensions', 'copyall']
  const certificate = await run('openssl', ['x509', '-req', '-in', request, ...signer, '-days', '90'])
  return { certificate, key: readFileSync(key, 'utf8') }
}

/** Says whether a certificate still serves `host` for a day or longer, at `now`, and is by this authority. */
export function stillServes(certificate: string, authority: string, host: string, now: Date): boolean {
  const [leaf, root] = [new X509Certificate(certificate), new X509Certificate(authority)]
  const named = leaf.checkHost(host) !== undefined
  return named && leaf.verify(root.publicKey) && leaf.validToDate.getTime() - now.getTime() > day
}

function authority(folder: string): { readonly key: string; readonly certificate: string } {
  return { key: join(folder, 'ca.key'), certificate: join(folder, 'ca.crt') }
}

function newKey(path: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', path]
}

function addext(extensions: readonly string[]): string[] {
  return extensions.flatMap((extension) => ['-addext', extension])
}

/** OpenSSL's own default configuration would add extensions that nobody asked for. */
function emptyConfig(folder: string): string {
  const path = join(folder, 'openssl.cnf')
  writeFileSync(path, '[req]\ndistinguished_name = dn\n[dn]\n')
  return path
}
