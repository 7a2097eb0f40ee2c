import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'

/** Who deploys: `anna@laptop`, for people. */
export function whoami(): string {
  return `${userName()}@${hostname()}`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}

/**
 * This process as the same machine can recognise it: boot, pid namespace, pid and start time.
 * Undefined where the system does not tell (no /proc); then only the lease's expiry decides.
 */
export function processMark(pid: number = process.pid): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const space = readlinkSync('/proc/self/ns/pid')
    const start = startTime(pid)
    return start === undefined ? undefined : `${boot}/${space}/${pid}/${start}`
  } catch {
    return undefined
  }
}

/** Whether the process behind a mark is certainly dead: it ran on this machine, in this boot, and is gone. */
export function isCertainlyDead(mark: string | undefined): boolean {
  const mine = processMark()
  if (mark === undefined || mine === undefined) return false
  const [boot, space, id, start] = mark.split('/')
  const [myBoot, mySpace] = mine.split('/')
  const pid = Number(id)
  if (boot !== myBoot || space !== mySpace || !(Number.isInteger(pid) && pid > 0)) return false
  const now = startTime(pid)
  // A hardened /proc (hidepid) hides other users' processes; whether there is one is told all the same.
  return now === undefined ? !isThere(pid) : now !== start
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function isZombie(pid: number): boolean {
  const state = statusOf(pid)?.[0]
  return state === 'Z' || state === 'X'
}

function startTime(pid: number): string | undefined {
  return isZombie(pid) ? undefined : statusOf(pid)?.[19]
}

/** Fields of proc_pid_stat(5) from the third one on: the command name before them may hold spaces and parentheses. */
function statusOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
