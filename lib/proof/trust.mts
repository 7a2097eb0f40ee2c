import { readFile } from 'node:fs/promises'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { DeployError } from '../error.mts'
import type { EdgeSettings } from './edge.mts'

/**
 * Whom HTTPS answers are believed: the system's roots, those that Node brings, NODE_EXTRA_CA_CERTS, and the operator's
 * CA file; or that file alone. Made once for each content: reading the roots takes 50 ms, and a deploy opens three scenes.
 *
 * @throws DeployError `missing-file`, `bad-setting` (no certificate in the file)
 */
export async function loadTrust({
  caFile,
  roots = 'system',
}: Pick<EdgeSettings, 'caFile' | 'roots'>): Promise<SecureContext> {
  const own = caFile === undefined ? [] : [await readAuthority(caFile)]
  const key = JSON.stringify([roots, ...own])
  const made = known.get(key) ?? createSecureContext({ ca: roots === 'none' ? own : [...systemRoots(), ...own] })
  known.set(key, made)
  return made
}

const known = new Map<string, SecureContext>()

function systemRoots(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
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
