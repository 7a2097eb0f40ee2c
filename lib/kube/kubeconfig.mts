import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { DeployError } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import { badKubeconfig, readConfigFile } from './configfile.mts'
import type { ConfigFile, Named } from './configfile.mts'

/** What decides which cluster is meant. */
export interface Choice {
  /** Like `--kubeconfig`: this file and no other. */
  kubeconfig?: string | undefined
  context?: string | undefined
  namespace?: string | undefined
  env: NodeJS.ProcessEnv
  /** Where a pod finds its service account; another place only in tests. */
  account?: string
}

/** A context with its cluster and user, paths absolute. */
export interface Target {
  context: string
  namespace: string
  /** The file that named the context; none inside a pod. */
  file?: string
  cluster: Named
  user: Named
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * The cluster that kubectl would take: `--kubeconfig`, else the files of KUBECONFIG (the first to name a thing wins),
 * else ~/.kube/config, else the service account of the pod it runs in.
 * Throws `no-cluster`, `bad-kubeconfig` with file and line, `unknown-context`.
 */
export function resolveTarget(choice: Choice): Target {
  const files = configFiles(choice).map(readConfigFile)
  const contexts = merged(files, 'contexts')
  if (contexts.size === 0 && files.every((file) => file.currentContext === undefined)) return insidePod(choice)
  const wanted = choice.context ?? files.map((file) => file.currentContext).find((name) => (name ?? '') !== '')
  const context = wanted === undefined ? undefined : contexts.get(wanted)
  if (context === undefined) throw unknownContext(wanted, [...contexts.keys()])
  return {
    context: context.name,
    namespace: choice.namespace ?? textOf(context, 'namespace') ?? 'default',
    file: context.file,
    cluster: part(context, 'cluster', merged(files, 'clusters')),
    user: part(context, 'user', merged(files, 'users')),
  }
}

/** A text field of an entry. Throws `bad-kubeconfig` where it is something else. */
export function textOf(entry: Named, field: string): string | undefined {
  const value = entry.fields[field]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  throw badKubeconfig(entry.file, entry.line, `${field} of ${entry.name} is not a text`)
}

function configFiles({ kubeconfig, env }: Choice): string[] {
  if (kubeconfig !== undefined) {
    if (!existsSync(kubeconfig)) throw badKubeconfig(kubeconfig, undefined, 'there is no such file')
    return [kubeconfig]
  }
  // kubectl too passes over files that KUBECONFIG names but that are not there.
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter((file) => file !== '')
  const files = listed.length > 0 ? listed : [path.join(env['HOME'] ?? homedir(), '.kube', 'config')]
  return [...new Set(files)].filter((file) => existsSync(file))
}

function merged(files: readonly ConfigFile[], list: 'contexts' | 'clusters' | 'users'): Map<string, Named> {
  const all = new Map<string, Named>()
  for (const entry of files.flatMap((file) => file[list])) if (!all.has(entry.name)) all.set(entry.name, entry)
  return all
}

function part(context: Named, field: 'cluster' | 'user', known: ReadonlyMap<string, Named>): Named {
  const name = textOf(context, field)
  if (name === undefined && field === 'user') return { name: '', fields: {}, file: context.file, line: context.line }
  const found = known.get(name ?? '')
  if (found !== undefined) return found
  const meant = suggest(name ?? '', known.keys())
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  throw badKubeconfig(
    context.file,
    context.line,
    `context ${context.name} names ${field} "${name ?? ''}", which no file has${hint}`,
  )
}

function unknownContext(wanted: string | undefined, known: readonly string[]): DeployError {
  const meant = wanted === undefined ? undefined : suggest(wanted, known)
  const says =
    wanted === undefined
      ? 'Cannot choose a cluster: the kubeconfig has no current-context'
      : `Cannot use context "${wanted}": the kubeconfig has no such context${meant === undefined ? '' : `; did you mean ${meant}?`}`
  return new DeployError({
    code: 'unknown-context',
    says,
    evidence: known.length === 0 ? [] : [`contexts: ${known.join(', ')}`],
    next: `--context ${meant ?? known[0] ?? 'NAME'}; all of them: kubectl config get-contexts`,
  })
}

function insidePod({ env, namespace, context, account = ACCOUNT }: Choice): Target {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  if (host === '' || !existsSync(path.join(account, 'token'))) throw noCluster(context)
  const address = host.includes(':') ? `[${host}]` : host
  const own = path.join(account, 'namespace')
  const entry = { file: account, line: 0 }
  return {
    context: 'in-cluster',
    namespace: namespace ?? (existsSync(own) ? readFileSync(own, 'utf8').trim() : 'default'),
    cluster: {
      ...entry,
      name: 'in-cluster',
      fields: {
        server: `https://${address}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
        'certificate-authority': path.join(account, 'ca.crt'),
      },
    },
    user: { ...entry, name: 'service account', fields: { tokenFile: path.join(account, 'token') } },
  }
}

function noCluster(context: string | undefined): DeployError {
  return new DeployError({
    code: 'no-cluster',
    says: `Cannot reach a cluster${context === undefined ? '' : ` by context "${context}"`}: there is no kubeconfig`,
    next: 'npx zx cluster.mts up; or the same command with --rehearse, which needs nothing but Node',
  })
}
