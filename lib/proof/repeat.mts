import { isIP } from 'node:net'
import type { Ref } from '../kube/object.mts'
import type { Address, Edge } from './edge.mts'
import type { ProofSpec } from './spec.mts'
import type { ProofTarget } from './target.mts'

type Kind = ProofSpec['kind']
type Words<K extends Kind> = (
  spec: Extract<ProofSpec, { kind: K }>,
  target: ProofTarget,
  edge: Edge | undefined,
) => string

const REPEAT: { readonly [K in Kind]: Words<K> } = {
  serves: (spec, target, edge) =>
    spec.scheme === 'http' ? plainCurlLine(spec, edge?.http, ['-sS']) : curlLine(spec, target, edge, ['-sS']),
  absent: (spec, target, edge) => curlLine(spec, target, edge, ['-sSi']),
  fallback: (spec, target, edge) => curlLine(spec, target, edge, ['-sSi']),
  certificate: ({ host }, target, edge) => curlLine({ host, path: '/' }, target, edge, ['-sSv', '-o', '/dev/null']),
  redirects: (spec, _target, edge) => plainCurlLine(spec, edge?.http, ['-sSi']),
  unreachable: ({ service }, target) =>
    kubectlLine(target, [...within(service), 'get', 'ingress,service,endpointslice,pod', '-o', 'wide']),
  inside: ({ service, port, path }, target) => kubectlLine(target, ['get', '--raw', proxyPath(service, port, path)]),
  'job-done': ({ job }, target) => kubectlLine(target, [...within(job), 'get', resource(job), '-o', 'wide']),
  migrated: ({ workload, container }, target) =>
    kubectlLine(target, [...within(workload), 'logs', resource(workload), '-c', container]),
  backed: ({ service }, target) =>
    kubectlLine(target, [
      ...within(service),
      'get',
      'endpointslices',
      '-l',
      `kubernetes.io/service-name=${service.name}`,
      '-o',
      'wide',
    ]),
  fresh: ({ workload }, target) => kubectlLine(target, [...within(workload), 'describe', resource(workload)]),
  dns: ({ host }) => shell(['nslookup', host]),
}

/** The command that repeats a proof by hand: curl to the very address that was asked, or kubectl. */
export function repeatOf<K extends Kind>(
  spec: Extract<ProofSpec, { kind: K }>,
  target: ProofTarget,
  edge: Edge | undefined,
): string {
  const words: Words<K> = REPEAT[spec.kind]
  return words(spec, target, edge)
}

/** The API server's path to a Service's port (GET). */
export function proxyPath({ namespace = 'default', name }: Ref, port: number, path: string): string {
  return `/api/v1/namespaces/${namespace}/services/${name}:${port}/proxy${path}`
}

function curlLine(
  { host, path }: { host: string; path: string },
  { edge: { caFile } }: ProofTarget,
  edge: Edge | undefined,
  flags: readonly string[],
): string {
  const authority = caFile === undefined ? [] : ['--cacert', caFile]
  const url = `https://${origin(host, edge?.https, 443)}${path}`
  return shell(['curl', ...flags, ...resolved(host, edge?.https, 443), ...authority, url])
}

function plainCurlLine(
  { host, path }: { host: string; path: string },
  at: Address | undefined,
  flags: readonly string[],
): string {
  return shell(['curl', ...flags, ...resolved(host, at, 80), `http://${origin(host, at, 80)}${path}`])
}

// A proxy from the environment would resolve the name by itself, so it is left out wherever the address is ours.
function resolved(host: string, at: Address | undefined, port: number): string[] {
  if (at === undefined) return []
  const address = isIP(at.host) === 6 ? `[${at.host}]` : at.host
  const how =
    isIP(at.host) === 0
      ? ['--connect-to', `${host}:${port}:${address}:${at.port}`]
      : ['--resolve', `${host}:${at.port}:${address}`]
  return ['--noproxy', host, ...how]
}

function origin(host: string, at: Address | undefined, port: number): string {
  return at === undefined || at.port === port || isIP(at.host) === 0 ? host : `${host}:${at.port}`
}

function kubectlLine({ cluster }: ProofTarget, words: readonly string[]): string {
  const { context } = cluster.where
  return shell(['kubectl', ...(context === '' ? [] : ['--context', context]), ...words])
}

function within({ namespace }: Ref): string[] {
  return namespace === undefined ? [] : ['-n', namespace]
}

function resource({ kind, name }: Ref): string {
  return `${kind.toLowerCase()}/${name}`
}

function shell(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ')
}
