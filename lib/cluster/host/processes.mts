import { createHash } from 'node:crypto'
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DeployError } from '../../error.mts'
import { lastLines, SYSTEM_PATH } from './command.mts'
import type { Layout } from './layout.mts'

/** A program of the cluster that runs on after `up` has ended. */
export interface Daemon {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Its configuration, below the folder for that: name → text. Another text is a reason to start it anew. */
  readonly files?: Readonly<Record<string, string>>
}

/** One process and no other: a recycled id has another start time, a rebooted machine another boot. */
export interface Identity {
  readonly pid: number
  readonly started: string
  readonly boot: string
}

interface Recorded extends Identity {
  /** Of the command line and the configuration, so that a changed one is started anew. */
  readonly digest: string
}

/** Who has this process id now; undefined where nobody has, or only a zombie. */
export function identify(pid: number): Identity | undefined {
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid)
}

/** Where there is no /proc: a reboot shows in the time of the start. */
export function identifyByPs(pid: number): Identity | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const [, state = '', started] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout ?? '') ?? []
  return started === undefined || state.startsWith('Z') ? undefined : { pid, started, boot: '' }
}

function identifyByProc(pid: number): Identity | undefined {
  try {
    // The name in brackets may hold spaces and brackets; the fields after its last one are fixed (proc_pid_stat(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const started = fields[19]
    if (started === undefined || fields[0] === 'Z') return undefined
    return { pid, started, boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() }
  } catch {
    return undefined
  }
}

/** Whether the process that was recorded is still there. */
export function isAlive(recorded: Identity): boolean {
  const now = identify(recorded.pid)
  return now !== undefined && now.started === recorded.started && now.boot === recorded.boot
}

/** The record of a daemon; undefined where there is none or it cannot be read. */
export function recall(paths: Layout, name: string): Recorded | undefined {
  try {
    return JSON.parse(readFileSync(recordPath(paths, name), 'utf8')) as Recorded
  } catch {
    return undefined
  }
}

/** The names of all daemons that were ever started and not yet stopped. */
export function recorded(paths: Layout): string[] {
  try {
    return readdirSync(paths.run).flatMap((file) => (file.endsWith('.pid.json') ? [file.slice(0, -9)] : []))
  } catch {
    return []
  }
}

/** Starts the daemon where it does not run as described; one with another command line is ended first. */
export async function keepRunning(paths: Layout, daemon: Daemon): Promise<'running' | 'started'> {
  const digest = createHash('sha256').update(JSON.stringify(daemon)).digest('hex')
  const before = recall(paths, daemon.name)
  if (before !== undefined && isAlive(before)) {
    if (before.digest === digest) return 'running'
    await stop(paths, daemon.name)
  }
  for (const stray of strays(paths, daemon)) await end(stray)
  for (const [name, text] of Object.entries(daemon.files ?? {})) writeEtc(paths, name, text)
  const pid = start(paths, daemon)
  const identity = identify(pid)
  if (identity === undefined) throw died(paths, daemon.name)
  writeFileSync(recordPath(paths, daemon.name), JSON.stringify({ ...identity, digest } satisfies Recorded))
  return 'started'
}

/** Processes of the same program in the same state folder that no record names: one that was killed lost it. */
function strays(paths: Layout, daemon: Daemon): Identity[] {
  return readdirSync('/proc').flatMap((pid) => {
    const words = /^\d+$/.test(pid) ? commandLine(pid) : []
    const ours = words[0] === daemon.command && words.some((word) => word.includes(`${paths.root}/`))
    return ours ? (identify(Number(pid)) ?? []) : []
  })
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** Writes a configuration file of the cluster's own, unless it says that already: kube-proxy ends when it is touched. */
export function writeEtc(paths: Layout, name: string, text: string): void {
  const path = join(paths.etc, name)
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode: 0o600 })
}

function start(paths: Layout, daemon: Daemon): number {
  mkdirSync(paths.logs, { recursive: true })
  mkdirSync(paths.run, { recursive: true })
  const log = openSync(logPath(paths, daemon.name), 'a')
  const child = spawn(daemon.command, [...daemon.args], {
    detached: true,
    stdio: ['ignore', log, log],
    // Not the caller's environment: a proxy in it would lead the API server away from its own nodes.
    env: { PATH: SYSTEM_PATH, HOME: paths.data, ...daemon.env },
    cwd: paths.root,
  })
  closeSync(log)
  child.on('error', () => {})
  child.unref()
  if (child.pid === undefined) throw died(paths, daemon.name)
  return child.pid
}

/** Throws `cluster-failed` with the end of its log where a daemon that should run does not. */
export function mustRun(paths: Layout, name: string): void {
  const record = recall(paths, name)
  if (record === undefined || !isAlive(record)) throw died(paths, name)
}

function died(paths: Layout, name: string): DeployError {
  return new DeployError({
    code: 'cluster-failed',
    says: `Cannot keep ${name} running: it ended`,
    evidence: logTail(paths, name),
    next: `less ${logPath(paths, name)}`,
  })
}

function logTail(paths: Layout, name: string): string[] {
  try {
    return lastLines(readFileSync(logPath(paths, name), 'utf8'), 12)
  } catch {
    return []
  }
}

/** Ends a recorded daemon, for `patience` milliseconds politely, and forgets it. A recycled id is left alone. */
export async function stop(paths: Layout, name: string, patience = 5000): Promise<void> {
  const record = recall(paths, name)
  if (record !== undefined) await end(record, patience)
  rmSync(recordPath(paths, name), { force: true })
}

/** Ends one process: TERM, after `patience` milliseconds KILL; returns when it is gone. */
export async function end(process_: Identity, patience = 5000): Promise<void> {
  if (!isAlive(process_)) return
  signal(process_.pid, 'SIGTERM')
  if (await gone(process_, patience)) return
  signal(process_.pid, 'SIGKILL')
  await gone(process_, 5000)
}

async function gone(process_: Identity, patience: number): Promise<boolean> {
  const until = performance.now() + patience
  while (isAlive(process_)) {
    if (performance.now() > until) return false
    await delay(20)
  }
  return true
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended by itself in between.
  }
}

/** Where a daemon's output goes. */
export function logPath(paths: Layout, name: string): string {
  return join(paths.logs, `${name}.log`)
}

function recordPath(paths: Layout, name: string): string {
  return join(paths.run, `${name}.pid.json`)
}
