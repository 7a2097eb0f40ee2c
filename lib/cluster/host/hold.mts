import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DeployError } from '../../error.mts'
import { identify, isAlive, type Identity } from './processes.mts'

/** The folder that one process at a time may change. */
interface Held {
  readonly root: string
}

/** Keeps a second `up` or `down` of the same cluster away while the action runs; `locked` where one is at work. */
export async function whileHeld<T>(paths: Held, action: () => Promise<T>): Promise<T> {
  const file = `${paths.root}.lock`
  mkdirSync(dirname(file), { recursive: true })
  const holder = readHolder(file)
  if (holder !== undefined && isAlive(holder)) throw busy(paths, holder)
  // A holder that died leaves its file behind.
  rmSync(file, { force: true })
  take(file, paths)
  try {
    return await action()
  } finally {
    release(file)
  }
}

function take(file: string, paths: Held): void {
  const self = identify(process.pid)
  try {
    writeFileSync(file, JSON.stringify(self), { flag: 'wx' })
  } catch (cause) {
    throw busy(paths, readHolder(file), cause)
  }
}

function busy(paths: Held, holder: Identity | undefined, cause?: unknown): DeployError {
  return new DeployError({
    code: 'locked',
    says: `Cannot change the cluster in ${paths.root}: process ${holder?.pid ?? 'unknown'} is changing it`,
    next: 'wait until it has ended, then type the command again',
    cause,
  })
}

function release(file: string): void {
  rmSync(file, { force: true })
  for (const folder of [dirname(file), dirname(dirname(file))]) {
    try {
      rmdirSync(folder)
    } catch {
      // Other clusters, or this one, are in it.
      return
    }
  }
}

function readHolder(file: string): Identity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Identity
  } catch {
    return undefined
  }
}
