import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Merged } from '../host/kubeconfig.mts'
import type { Identity } from '../host/processes.mts'

/** Every path of a rehearsal that is kept. */
export interface Folder {
  readonly root: string
  readonly record: string
  readonly log: string
  /** A kubeconfig of its own, with the one context `<name>-rehearsal`. */
  readonly kubeconfig: string
  /** Who signs what the site shows. */
  readonly caFile: string
}

/** Where the process answers. */
export interface Doors {
  /** `https://127.0.0.1:PORT` */
  readonly server: string
  /** `127.0.0.1:PORT` of the site's HTTPS and of its plain HTTP. */
  readonly address: string
  readonly httpAddress: string
}

/** What must be known of a rehearsal to use it, to repair it and to take it away. */
export interface Kept extends Doors {
  readonly process: Identity
  /** The kubeconfig files that got its context. */
  readonly contexts: readonly Merged[]
}

/** The folder of the rehearsal of that name: below `$XDG_STATE_HOME/landfall/rehearsal`. */
export function folderOf(name: string, env: NodeJS.ProcessEnv = process.env): Folder {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local/state')
  const root = join(state, 'landfall/rehearsal', name)
  const at = (file: string): string => join(root, file)
  return {
    root,
    record: at('record.json'),
    log: at('log'),
    kubeconfig: at('kubeconfig'),
    caFile: at('ca.crt'),
  }
}

/** The context that `up` adds. */
export function contextOf(name: string): string {
  return `${name}-rehearsal`
}

/** What is known of the rehearsal; undefined where there is none. A record that cannot be read says nothing. */
export function readKept({ record }: Folder): Kept | undefined {
  try {
    return JSON.parse(readFileSync(record, 'utf8')) as Kept
  } catch {
    return undefined
  }
}

/** Writes the record whole or not at all. */
export function writeKept({ root, record }: Folder, kept: Kept): void {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  writeFileSync(`${record}.new`, JSON.stringify(kept, null, 2), { mode: 0o600 })
  renameSync(`${record}.new`, record)
}
