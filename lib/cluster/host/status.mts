import { join } from 'node:path'
import type { StatusRow } from '../provider.mts'
import { ADDONS } from './addons/apply.mts'
import { DAEMONS } from './boot.mts'
import { cacheDir } from './build.mts'
import { attempt } from './command.mts'
import { readContexts } from './kubeconfig.mts'
import type { Layout } from './layout.mts'
import { isAlive, recall } from './processes.mts'
import { isApiReady, isNodeReady, listens, nodeName } from './ready.mts'
import type { HostRecord } from './record.mts'

/** Everything that must run for the cluster to be one; asks, and changes nothing. */
export async function statusRows(paths: Layout, record: HostRecord, context: string): Promise<StatusRow[]> {
  const { ports } = record
  const [api, node, addons, registry, http, https] = await Promise.all([
    isApiReady(paths, ports),
    isNodeReady(paths, ports),
    addonRows(paths),
    listens({ host: '127.0.0.1', port: ports.registry }),
    listens({ host: '127.0.0.1', port: ports.http }),
    listens({ host: '127.0.0.1', port: ports.https }),
  ])
  return [
    ...processRows(paths),
    row('API server', api, `https://127.0.0.1:${ports.api}`),
    row('node', node, nodeName()),
    ...addons,
    row('image registry', registry, `127.0.0.1:${ports.registry}, for every registry name`),
    row('ingress', http && https, `127.0.0.1:${ports.http} and 127.0.0.1:${ports.https}, class nginx`),
    contextRow(context),
  ]
}

function processRows(paths: Layout): StatusRow[] {
  return DAEMONS.map((name) => {
    const record = recall(paths, name)
    return row(
      name,
      record !== undefined && isAlive(record),
      record === undefined ? 'never started' : `pid ${record.pid}`,
    )
  })
}

async function addonRows(paths: Layout): Promise<StatusRow[]> {
  const rows = ADDONS.map(async (addon) => {
    const [namespace = '', name = ''] = addon.split('/')
    const flags = ['--kubeconfig', paths.kubeconfig, '--request-timeout=5s', '-n', namespace]
    const format = 'jsonpath={.status.availableReplicas}'
    const kubectl = join(cacheDir('kubernetes'), 'kubectl')
    const { stdout } = await attempt(kubectl, [...flags, 'get', 'deployment', name, '-o', format])
    return row(addon, Number(stdout) > 0, `${Number(stdout) || 0}/1`)
  })
  return Promise.all(rows)
}

function contextRow(context: string): StatusRow {
  const { contexts, current } = readContexts()
  const detail = current === context ? `${context}, the current one` : `${context} (current: ${current ?? 'none'})`
  return row('context', contexts.includes(context), detail)
}

function row(what: string, runs: boolean, detail: string): StatusRow {
  return { what, state: runs ? 'ok' : 'down', detail }
}
