import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'

/** Called in a suite: its tests run in an empty folder, where evidence may be left; others do not notice. */
export function inOwnFolder(): void {
  const home = process.cwd()
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'landfall-'))
    process.chdir(folder)
  })
  after(() => {
    process.chdir(home)
    rmSync(folder, { recursive: true })
  })
}
