import { fork } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { fileURLToPath } from 'node:url'
import { DeployError } from '../../error.mts'
import { lastLines } from '../host/command.mts'
import { identify, isAlive } from '../host/processes.mts'
import type { Identity } from '../host/processes.mts'
import type { Doors, Folder, Kept } from './folder.mts'

const SERVE = fileURLToPath(new URL('serve.mts', import.meta.url))

/** A process that serves and waits for the word that it is known. */
export interface Started extends Doors {
  readonly process: Identity
  /** From here on it outlives this one. */
  keep: () => Promise<void>
}

/** Starts the process of a rehearsal; `cluster-failed` with the end of its log where it ends at once. */
export async function startServing(name: string, folder: Folder): Promise<Started> {
  const log = openSync(folder.log, 'a', 0o600)
  const child = fork(SERVE, [name], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    // Its own temporary files go with the folder, also where it is killed.
    env: { ...process.env, TMPDIR: folder.root },
    execArgv: [],
  })
  closeSync(log)
  const { promise, resolve, reject } = Promise.withResolvers<Doors>()
  child.once('message', (doors) => resolve(doors as Doors))
  child.once('error', reject)
  const onExit = (): void => reject(died(folder))
  child.once('exit', onExit)
  const doors = await promise
  child.off('exit', onExit)
  const identity = identify(child.pid ?? 0)
  if (identity === undefined) throw died(folder)
  return {
    ...doors,
    process: identity,
    keep: async () => {
      const sent = Promise.withResolvers<void>()
      child.send('kept', (error) => (error === null ? sent.resolve() : sent.reject(died(folder))))
      await sent.promise
      child.disconnect()
      child.unref()
    },
  }
}

function died({ log }: Folder): DeployError {
  return new DeployError({
    code: 'cluster-failed',
    says: 'Cannot keep the rehearsal running: its process ended',
    evidence: lastLines(readFileSync(log, 'utf8'), 12),
    next: `less ${log}`,
  })
}

/** Whether the process is there and answers under the certificate that it made at its start. */
export async function serves(folder: Folder, kept: Kept): Promise<boolean> {
  if (!isAlive(kept.process)) return false
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const { clusters, users } = JSON.parse(readFileSync(folder.kubeconfig, 'utf8')) as {
    clusters: [{ cluster: { 'certificate-authority-data': string } }]
    users: [{ user: { token: string } }]
  }
  const ca = Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64')
  const headers = { authorization: `Bearer ${users[0].user.token}` }
  const asked = request(`${kept.server}/readyz`, { ca, headers, agent: false, timeout: 5_000 })
  asked.on('response', (response) => resolve(response.resume().statusCode === 200))
  asked.on('timeout', () => asked.destroy(new Error('timeout')))
  asked.on('error', () => resolve(false))
  asked.end()
  return promise
}
