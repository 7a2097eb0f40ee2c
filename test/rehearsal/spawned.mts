import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How a script ended, and all that it wrote. */
export interface Spawned {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a script of this repository in an empty folder, with nothing in its environment. */
export function spawnScript(script: 'deploy' | 'rollback' | 'verify', args: readonly string[]): Promise<Spawned> {
  const path = fileURLToPath(new URL(`../../${script}.mts`, import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'landfall-drilled-'))
  const env = { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1' }
  const child = spawn(process.execPath, [path, ...args], { cwd: folder, env })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      rmSync(folder, { recursive: true })
      resolve({ code, stdout, stderr })
    })
  })
}
