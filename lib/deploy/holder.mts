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
  const [boot, space, pid, start] = mark.split('/')
  const [myBoot, mySpace] = mine.split('/')
  if (boot !== myBoot || space !== mySpace || pid === undefined) return false
  return startTime(Number(pid)) !== start
}

function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name may hold spaces and parentheses; fields are counted after its last one. A zombie is dead.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}
