import type { Address } from '../edge.mts'
import type { DnsSpec } from '../spec.mts'
import { advice } from '../verdict.mts'
import type { Verdict } from '../verdict.mts'

// RFC 6761 and RFC 6762: names that public DNS must not be asked for.
const NOT_PUBLIC = ['test', 'localhost', 'invalid', 'example', 'local', 'internal']

/** Whether public DNS can know the host at all. */
export function isPublic(host: string): boolean {
  return host.includes('.') && !NOT_PUBLIC.includes(host.slice(host.lastIndexOf('.') + 1).toLowerCase())
}

/** Advice: whether DNS leads where the proofs were asked. `found` is an error where the name does not resolve. */
export function judgeDns({ host }: DnsSpec, found: readonly string[] | Error, at: Address | undefined): Verdict {
  if (found instanceof Error)
    return advice(`DNS does not know ${host} yet (${found.message}): point it to ${at?.host ?? 'the ingress'}`)
  const leads = `DNS leads ${host} to ${found.join(', ')}`
  if (at === undefined || found.includes(at.host) || !isAddress(at.host)) return advice(leads)
  return advice(`${leads}, while the proofs were asked at ${at.host}`)
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host)
}
