import { execFileSync } from 'node:child_process'
import { lstatSync } from 'node:fs'

/** Every file that git tracks or would track; no link, no folder of another repository. */
export function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
  return listed.split('\0').filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false)
}
