import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { whileHeld } from '../host/hold.mts'
import {
  fileToMerge,
  kubeconfigFiles,
  mentions,
  mergeContext,
  readContexts,
  refuseBroken,
} from '../host/kubeconfig.mts'
import { removeContext } from '../host/kubeconfig.mts'
import type { Merged } from '../host/kubeconfig.mts'
import { end, isAlive } from '../host/processes.mts'
import type { ClusterWish, Provider, Removal, Say, StatusRow } from '../provider.mts'
import { nothingToKeep } from '../volumes.mts'
import { contextOf, folderOf, readKept, writeKept } from './folder.mts'
import type { Folder, Kept } from './folder.mts'
import { serves, startServing } from './start.mts'

/** A cluster that one process plays, on loopback: no root, no engine, nothing but Node. */
export const rehearsal: Provider = {
  name: 'rehearsal',
  up,
  status,
  down: async (name, say, keep) => {
    if (keep === 'data') throw nothingToKeep()
    const folder = folderOf(name)
    return isRehearsal(name) ? whileHeld(folder, () => takeDown(name, folder, say)) : { state: 'absent' }
  },
  config: () => '# The rehearsal takes no configuration file; see docs/rehearsal.md.\n',
}

/** Whether a rehearsal of that name is kept here, or was. */
export function isRehearsal(name: string): boolean {
  return existsSync(folderOf(name).root)
}

async function up({ name, data }: ClusterWish, say: Say): Promise<undefined> {
  if (data !== undefined) throw nothingToKeep()
  refuseBroken(fileToMerge())
  const folder = folderOf(name)
  await whileHeld(folder, () => bring(name, folder, say))
}

async function bring(name: string, folder: Folder, say: Say): Promise<void> {
  const before = readKept(folder)
  const runs = before !== undefined && (await serves(folder, before))
  const kept = runs ? before : await anew(name, folder, before, say)
  enterContexts(name, folder, kept, say)
  const { dotenvOf, writeDotenvs } = await import('./dotenv.mts')
  await writeDotenvs(folder, kept)
  say(`site on ${kept.address} (HTTPS) and ${kept.httpAddress}, signed by ${folder.caFile}`)
  say(`deploy  npx zx deploy.mts --tag abc --dotenv ${dotenvOf(folder, 'reactbin')}`)
}

async function anew(name: string, folder: Folder, before: Kept | undefined, say: Say): Promise<Kept> {
  if (before !== undefined) {
    say('the process of the rehearsal has ended or hangs, and what it held is lost: it begins empty')
    await end(before.process)
  }
  mkdirSync(folder.root, { recursive: true, mode: 0o700 })
  const { keep, ...started } = await startServing(name, folder)
  const kept = { ...started, contexts: before?.contexts ?? [] }
  writeKept(folder, kept)
  await keep()
  say(`rehearsal serves on ${kept.server}, process ${kept.process.pid}`)
  return kept
}

/** Into the file that this KUBECONFIG names, and anew into those that had it before. */
function enterContexts(name: string, folder: Folder, kept: Kept, say: Say): void {
  const text = readFileSync(folder.kubeconfig, 'utf8')
  const file = fileToMerge()
  for (const known of kept.contexts)
    if (known.file !== file && mentions(known.file, contextOf(name))) mergeContext(known.file, text)
  const merged = mergeContext(file, text)
  if (!kept.contexts.some((known) => known.file === file))
    writeKept(folder, { ...kept, contexts: [...kept.contexts, merged] })
  say(`context "${contextOf(name)}" is now the current one in ${file}`)
}

async function status(name: string): Promise<readonly StatusRow[]> {
  const folder = folderOf(name)
  const kept = readKept(folder)
  if (kept === undefined) return [{ what: `rehearsal ${name}`, state: 'down', detail: 'not made' }]
  const context = contextOf(name)
  const { contexts, current } = readContexts()
  const answers = await serves(folder, kept)
  return [
    row('process', isAlive(kept.process), `pid ${kept.process.pid}`),
    row('API server', answers, kept.server),
    row('site', answers, `${kept.address} and ${kept.httpAddress}`),
    row(
      'context',
      contexts.includes(context),
      current === context ? `${context}, the current one` : `${context} (current: ${current ?? 'none'})`,
    ),
  ]
}

function row(what: string, runs: boolean, detail: string): StatusRow {
  return { what, state: runs ? 'ok' : 'down', detail }
}

async function takeDown(name: string, folder: Folder, say: Say): Promise<Removal> {
  const kept = readKept(folder)
  if (kept !== undefined) await end(kept.process)
  say('the process has ended, and what it held is gone')
  const known = kept?.contexts ?? []
  for (const merged of [...known, ...unknownFiles(known, contextOf(name))]) removeContext(merged, contextOf(name))
  rmSync(folder.root, { recursive: true, force: true })
  return { state: 'gone' }
}

/** One that an `up` wrote that was killed before it could write that down. */
function unknownFiles(known: readonly Merged[], context: string): Merged[] {
  const files = new Set(known.map(({ file }) => file))
  return kubeconfigFiles().flatMap((file) => (!files.has(file) && mentions(file, context) ? [{ file }] : []))
}
