import { resolvePublic } from '../../proof/resolve.mts'
import type { Checked } from '../preflight.mts'
import type { Row } from '../types.mts'

/** Advice: does public DNS, seen from here, know the hosts? Names that never leave a machine are not asked (RFC 6761). */
export async function dnsRows({ desired }: Pick<Checked, 'desired'>, resolve = resolvePublic): Promise<Row[]> {
  const hosts = new Set(desired.proofs.flatMap((proof) => ('host' in proof ? [proof.host] : [])))
  return Promise.all([...hosts].filter((host) => !isLocal(host)).map((host) => dnsRow(host, resolve)))
}

function isLocal(host: string): boolean {
  return /(^|\.)(localhost|test)$/.test(host)
}

const SILENT = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ESERVFAIL'])

async function dnsRow(host: string, resolve: (host: string) => Promise<string[]>): Promise<Row> {
  const name = `DNS ${host}`
  try {
    return { name, state: 'ok', says: (await resolve(host)).join(', ') }
  } catch (error) {
    if (SILENT.has((error as NodeJS.ErrnoException).code ?? '')) return { name, state: 'unknown', says: 'no answer' }
    const next = 'point it at the ingress address'
    return { name, state: 'warning', says: `${host} does not resolve from here`, next }
  }
}
