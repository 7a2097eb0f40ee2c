import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createSecureContext } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import type { Cluster, User } from '@kubernetes/client-node'
import { badKubeconfig } from './configfile.mts'
import type { Named } from './configfile.mts'
import { textOf } from './kubeconfig.mts'
import type { Target } from './kubeconfig.mts'
import { proxyFor } from './proxy.mts'

/** A target in client-node's words, for its credentials and TLS. */
export interface Identity {
  server: URL
  cluster: Cluster
  user: User
  /** `Impersonate-Group`, which client-node leaves out. */
  groups: string[]
}

/** Checks what can be checked before the first packet. Throws `bad-kubeconfig` with file and line. */
export function identityOf(target: Target, env: NodeJS.ProcessEnv): Identity {
  const server = serverOf(target.cluster)
  const cluster = clusterOf(target.cluster, server, env)
  const user = userOf(target)
  checkTls(target.cluster, { ca: pemOf(target.cluster, 'certificate-authority') })
  checkTls(target.user, { cert: pemOf(target.user, 'client-certificate'), key: pemOf(target.user, 'client-key') })
  return { server, cluster, user, groups: listOf(target.user, 'as-groups') }
}

/** The day on which the user's client certificate ended, if that is past. */
export function expiredClientCertificate(target: Target, now: number): string | undefined {
  const pem = pemOf(target.user, 'client-certificate')
  if (pem === undefined) return undefined
  const { validTo } = new X509Certificate(pem)
  return Date.parse(validTo) < now ? validTo : undefined
}

function serverOf(cluster: Named): URL {
  const text = textOf(cluster, 'server')
  if (text === undefined) throw badKubeconfig(cluster.file, cluster.line, `cluster ${cluster.name} has no server`)
  const server = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (server === null || !/^https?:$/.test(server.protocol))
    throw badKubeconfig(cluster.file, cluster.line, `"${text}" of cluster ${cluster.name} is not a server's address`)
  return server
}

function clusterOf(cluster: Named, server: URL, env: NodeJS.ProcessEnv): Cluster {
  const proxyUrl = textOf(cluster, 'proxy-url') ?? proxyFor(server, env)
  return defined<Cluster>({
    name: cluster.name,
    server: server.href.replace(/\/$/, ''),
    ...inlineFirst(cluster, 'certificate-authority', 'ca'),
    tlsServerName: textOf(cluster, 'tls-server-name'),
    // client-node takes plain http only where it need not check a certificate.
    skipTLSVerify: cluster.fields['insecure-skip-tls-verify'] === true || server.protocol === 'http:',
    proxyUrl,
  })
}

function userOf({ user, cluster }: Target): User {
  const tokenFile = textOf(user, 'tokenFile')
  return defined<User>({
    name: user.name,
    ...inlineFirst(user, 'client-certificate', 'cert'),
    ...inlineFirst(user, 'client-key', 'key'),
    // A token file is read again as it changes; client-node reads `token` once, and prefers it.
    token: tokenFile === undefined ? textOf(user, 'token') : undefined,
    authProvider: tokenFile === undefined ? user.fields['auth-provider'] : { name: 'file', config: { tokenFile } },
    exec: execOf(user, cluster),
    username: textOf(user, 'username'),
    password: textOf(user, 'password'),
    impersonateUser: textOf(user, 'as'),
  })
}

/** What kubectl does for an exec plugin and client-node leaves out: a relative command, and KUBERNETES_EXEC_INFO. */
function execOf(user: Named, cluster: Named): unknown {
  const { exec } = user.fields
  if (typeof exec !== 'object' || exec === null) return undefined
  const { command, env, apiVersion, provideClusterInfo } = exec as Record<string, unknown>
  if (typeof command !== 'string') throw badKubeconfig(user.file, user.line, `exec of user ${user.name} has no command`)
  const about = {
    server: cluster.fields['server'],
    'certificate-authority-data': cluster.fields['certificate-authority-data'],
  }
  const spec = { interactive: false, ...(provideClusterInfo === true ? { cluster: about } : {}) }
  const info = { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify({ apiVersion, kind: 'ExecCredential', spec }) }
  return {
    ...exec,
    command: command.includes('/') ? path.resolve(path.dirname(user.file), command) : command,
    env: [...(Array.isArray(env) ? (env as unknown[]) : []), info],
  }
}

// As kubectl: inline data go before a file; client-node has it the other way round.
function inlineFirst(entry: Named, field: string, name: 'ca' | 'cert' | 'key'): Record<string, string | undefined> {
  const data = textOf(entry, `${field}-data`)
  return data === undefined ? { [`${name}File`]: textOf(entry, field) } : { [`${name}Data`]: data }
}

/** A PEM text of an entry, by file or inline. Throws `bad-kubeconfig` where the file is missing. */
function pemOf(entry: Named, field: string): string | undefined {
  const data = textOf(entry, `${field}-data`)
  const file = textOf(entry, field)
  if (data !== undefined) return Buffer.from(data, 'base64').toString()
  if (file === undefined) return undefined
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw badKubeconfig(entry.file, entry.line, `${field} of ${entry.name} is not there: ${file}`)
  }
}

function checkTls(
  entry: Named,
  pems: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined },
): void {
  for (const [name, pem] of Object.entries(pems))
    if (pem !== undefined && !pem.includes('-----BEGIN '))
      throw badKubeconfig(entry.file, entry.line, `the ${FIELD[name] ?? name} of ${entry.name} is not a PEM text`)
  const given = defined<typeof pems>(pems)
  if (Object.keys(given).length === 0) return
  try {
    createSecureContext(given)
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    throw badKubeconfig(entry.file, entry.line, `the certificate or key of ${entry.name} cannot be read: ${words}`)
  }
}

const FIELD: Record<string, string> = { ca: 'certificate-authority', cert: 'client-certificate', key: 'client-key' }

function listOf(entry: Named, field: string): string[] {
  const value = entry.fields[field]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

function defined<T>(fields: { [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
