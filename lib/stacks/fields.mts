import { isIP } from 'node:net'
import { z } from 'zod'

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const NUMBERS = /^[0-9.]+$/

/** A DNS name as an Ingress takes it: lower case, no scheme, port, path or wildcard, and not an address. */
export function hostname() {
  return z.string().refine(isHostname, {
    message: 'must be a host name in lower case, without scheme, port or path: reactbin.example.com',
  })
}

/** A name of a namespace, Service or container: at most 63 of a-z, 0-9 and "-", beginning and ending with a letter or digit. */
export function label() {
  return z.string().regex(LABEL, { message: 'must be at most 63 of a-z, 0-9 and "-", with no "-" at either end' })
}

/** A name of any other object: labels joined by dots, at most 253 characters. */
export function objectName() {
  return z.string().refine((name) => name.length <= 253 && name.split('.').every((part) => LABEL.test(part)), {
    message: 'must be a Kubernetes name: a-z, 0-9, "-" and ".", with a letter or digit at both ends',
  })
}

/** How many pods; at least 1. */
export function replicas(otherwise: number) {
  return z.number().int().min(1).default(otherwise)
}

/** A Kubernetes quantity: "250m" of a CPU, "10Gi" of memory or disk. A bare number is taken as it is written. */
export function quantity() {
  return z
    .union([z.string(), z.number().nonnegative()])
    .transform(String)
    .refine((text) => /^[0-9]+(\.[0-9]+)?([munkMGTPE]|[KMGTPE]i|[eE][0-9]+)?$/.test(text), {
      message: 'must be a Kubernetes quantity such as 250m, 512Mi or 10Gi',
    })
}

/** A length of time as the Vault operator writes it: a number and s, m or h. */
export function duration() {
  return z.string().regex(/^[0-9]+(\.[0-9]+)?(s|m|h)$/, { message: 'must be a number and s, m or h: 30s, 1h' })
}

/** An S3 bucket: 3-63 of a-z, 0-9, "-" and "."; no "..", not an address. */
export function bucketName() {
  return z
    .string()
    .refine((name) => /^[a-z0-9][-.a-z0-9]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') && !NUMBERS.test(name), {
      message: 'must be an S3 bucket name: 3-63 of a-z, 0-9, "-" and "."',
    })
}

/** A path in a Vault engine: no leading or trailing slash, nothing that would need escaping. */
export function vaultPath() {
  return z.string().regex(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, {
    message: 'must be a Vault path without a slash at either end: reactbin/api/config',
  })
}

/** Host or host:port (IPv6 in brackets). */
export function address() {
  return z.string().refine(isAddress, { message: 'must be a host or host:port: 127.0.0.1:8443' })
}

/** A range of addresses in CIDR notation. */
export function cidr() {
  return z.string().refine(isCidr, { message: 'must be a range of addresses such as 10.20.0.0/16 or 10.20.3.4/32' })
}

function isHostname(name: string): boolean {
  const parts = name.split('.')
  return name.length <= 253 && parts.every((part) => LABEL.test(part)) && !NUMBERS.test(parts.at(-1) ?? '')
}

function isAddress(text: string): boolean {
  const found = /^(\[[0-9a-fA-F:.]+\]|[^:/[\]]+)(?::([0-9]{1,5}))?$/.exec(text)
  if (!found) return false
  const [, host = '', port] = found
  const named = host.startsWith('[') || NUMBERS.test(host) || isHostname(host)
  return named && (port === undefined || (Number(port) > 0 && Number(port) < 65_536))
}

function isCidr(text: string): boolean {
  const [ip = '', bits = '', ...rest] = text.split('/')
  const version = isIP(ip)
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}
