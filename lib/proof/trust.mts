import { readFile } from 'node:fs/promises'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { DeployError } from '../error.mts'

/**
 * Whom HTTPS answers are believed: the system's roots, those that Node brings, NODE_EXTRA_CA_CERTS, and the operator's
 * CA file. Made once for each CA file's content: reading the roots takes 50 ms, and a deploy opens three scenes.
 *
 * @throws DeployError `missing-file`, `bad-setting` (no certificate in the file)
 */
export async function loadTrust(caFile?: string): Promise<SecureContext> {
  const own = caFile === undefined ? '' : await readAuthority(caFile)
  const made = known.get(own) ?? trusting(own)
  known.set(own, made)
  return made
}

const known = new Map<string, SecureContext>()

function trusting(own: string): SecureContext {
  const roots = new Set([...getCACertificates('default'), ...getCACertificates('system')])
  return createSecureContext({ ca: own === '' ? [...roots] : [...roots, own] })
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
