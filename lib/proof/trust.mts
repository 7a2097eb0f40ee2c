import { readFile } from 'node:fs/promises'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { DeployError } from '../error.mts'

/**
 * Whom HTTPS answers are believed: the system's roots, those that Node brings, NODE_EXTRA_CA_CERTS, and the operator's
 * CA file. Made once a run: reading the roots takes 50 ms.
 *
 * @throws DeployError `missing-file`, `bad-setting` (no certificate in the file)
 */
export async function loadTrust(caFile?: string): Promise<SecureContext> {
  const own = caFile === undefined ? [] : [await readAuthority(caFile)]
  const roots = new Set([...getCACertificates('default'), ...getCACertificates('system')])
  return createSecureContext({ ca: [...roots, ...own] })
}

async function readAuthority(caFile: string): Promise<string> {
  const pem = await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw new DeployError({
      code: 'missing-file',
      says: `Cannot read CA file ${caFile}`,
      next: 'name a PEM file that holds the authority of the certificate, or leave it out to use the system roots',
      cause,
    })
  })
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem
  throw new DeployError({
    code: 'bad-setting',
    says: `Cannot use CA file ${caFile}: it holds no certificate`,
    next: `openssl x509 -in ${caFile} -noout -subject must print a subject`,
  })
}
