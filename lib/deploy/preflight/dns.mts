import { lookup } from 'node:dns/promises'
import type { Checked } from '../preflight.mts'
import type { Row } from '../types.mts'

/** Advice: does public DNS, seen from here, know the hosts? `localhost` names are never asked (RFC 6761). */
export async function dnsRows({ desired, signal }: Checked): Promise<Row[]> {
  const hosts = new Set(desired.proofs.flatMap((proof) => ('host' in proof ? [proof.host] : [])))
  const asked = [...hosts].filter(
    (host) => !host.endsWith('.localhost') && host !== 'localhost' && !host.endsWith('.test'),
  )
  return Promise.all(asked.map((host) => dnsRow(host, signal)))
}

async function dnsRow(host: string, signal: AbortSignal): Promise<Row> {
  const name = `DNS ${host}`
  const late = new Promise<'late'>((resolve) => {
    const patience = AbortSignal.any([AbortSignal.timeout(2_000), signal])
    patience.addEventListener('abort', () => resolve('late'), { once: true })
  })
  const found = await Promise.race([lookup(host, { all: true }).catch((error: Error) => error), late])
  if (found === 'late') return { name, state: 'unknown', says: 'no answer within 2 s' }
  if (found instanceof Error) {
    return {
      name,
      state: 'warning',
      says: `${host} does not resolve from here`,
      next: 'point it at the ingress address',
    }
  }
  return { name, state: 'ok', says: found.map(({ address }) => address).join(', ') }
}
