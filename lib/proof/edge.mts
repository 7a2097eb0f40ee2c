import type { Ingress } from '../kube/schema/types.mts'

/** Where a connection goes: an IP address, or the name of a load balancer. */
export interface Address {
  host: string
  port: number
}

/** The two doors of an ingress. */
export interface Edge {
  https: Address
  http: Address
}

export interface EdgeSettings {
  /** `10.0.0.4`, `10.0.0.4:8443`, `[::1]:443` or a name. */
  address?: string
  /** Where plain HTTP is answered; the host of `address` at port 80 unless given. */
  httpAddress?: string
  /** PEM file of an authority that is trusted beyond the system's roots. */
  caFile?: string
  /** Whether that authority is trusted beside the system's roots, as unless given, or alone. */
  roots?: 'system' | 'none'
}

/** Where the host is served: as set, else as the Ingress that serves it says. Undefined while nobody has told. */
export function edgeOf(settings: EdgeSettings, ingresses: readonly Ingress[], host: string): Edge | undefined {
  const byName = ingresses.filter(({ spec }) => spec?.rules?.some((rule) => rule.host === host))
  const byPattern = ingresses.filter((ingress) => servesByPattern(ingress, host))
  const told = settings.address ?? statusAddress(byName) ?? statusAddress(byPattern)
  if (told === undefined) return undefined
  const address = parseAddress(told, 443)
  return { https: address, http: parseAddress(settings.httpAddress ?? withoutPort(told), 80) }
}

function statusAddress(ingresses: readonly Ingress[]): string | undefined {
  const told = ingresses.flatMap(({ status }) => status?.loadBalancer?.ingress ?? [])
  return told.map(({ ip, hostname }) => ip ?? hostname).find((address) => address !== undefined && address !== '')
}

/** A wildcard stands for one label; a rule without a host is for every host. */
function servesByPattern({ spec }: Ingress, host: string): boolean {
  const parent = host.slice(host.indexOf('.'))
  return (spec?.rules ?? []).some((rule) => rule.host === undefined || rule.host === `*${parent}`)
}

/** An address with or without port, IPv6 with or without brackets. */
export function parseAddress(text: string, defaultPort: number): Address {
  const [, bracketed, afterBrackets] = /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? []
  if (bracketed !== undefined) return { host: bracketed, port: Number(afterBrackets ?? defaultPort) }
  const [, host, port] = /^([^:]+):(\d+)$/.exec(text) ?? []
  return host === undefined ? { host: text, port: defaultPort } : { host, port: Number(port) }
}

function withoutPort(text: string): string {
  return parseAddress(text, 0).host
}
