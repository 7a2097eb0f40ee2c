import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../../deploy.mts', import.meta.url))

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a deploy as a newcomer would: an empty folder, no kubeconfig, nothing in the environment. */
function rehearse(args: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-newcomer-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const env = { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, NO_COLOR: '1' }
  const child = spawn(process.execPath, [SCRIPT, ...args], { cwd: folder, env })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const left = readdirSync(folder).filter((name) => name.startsWith('landfall-rehearsal-'))
      rmSync(folder, { recursive: true })
      assert.deepEqual(left, [], 'the rehearsal left its folder behind')
      resolve({ code, stdout, stderr })
    })
  })
}

describe('deploy.mts --rehearse', () => {
  test('ends proven with nothing but Node, through Vault and a certificate, and waits on migration and bucket by name', async () => {
    const { code, stderr } = await rehearse(['--tag', 'abc', '--rehearse'])
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^reactbin → rehearsal \(https:\/\/127\.0\.0\.1:/m)
    assert.match(stderr, /api +migrating/)
    assert.match(stderr, /bucket +completed/)
    assert.match(stderr, /release 1 proven in [\d.]+ s of 120 s and 180 s for a first certificate/)
  })

  test('a migration with a SQL error ends it with migration-failed', async () => {
    const { code, stderr } = await rehearse(['--tag', 'bad', '--rehearse'])
    assert.equal(code, 1, stderr)
    assert.match(stderr, /✖ .*migration-failed.*UndefinedColumn/)
  })

  test('an image that is in no registry ends it with image-missing', async () => {
    const { code, stderr } = await rehearse(['--tag', 'nope', '--rehearse'])
    assert.equal(code, 1, stderr)
    assert.match(stderr, /✖ .*image-missing.*:nope/)
  })

  test('knows nothing of the real cluster: neither .env nor the environment is read', async () => {
    const env = 'LANDFALL_SECRETS=existing\nLANDFALL_DOMAIN=prod.acme.dev\nLANDFALL_CONTEXT=production\n'
    const { code, stdout } = await rehearse(['--tag', 'abc', '--rehearse', '--print-settings', '-o', 'json'], {
      '.env': env,
    })
    assert.equal(code, 0)
    assert.doesNotMatch(stdout, /prod\.acme\.dev|"existing"|"context"/)
    assert.match(stdout, /reactbin\.localhost/)
  })

  for (const [what, args, words] of [
    ['a context', ['--context', 'prod'], /Cannot rehearse on prod/],
    ['a kubeconfig', ['--kubeconfig', 'there'], /Cannot rehearse on there|Cannot read there/],
    ['a drill that is not there', [], /Cannot rehearse the drill fire/],
  ] as const)
    test(`refuses ${what}`, async () => {
      const rehearsal = args.length === 0 ? '--rehearse=fire' : '--rehearse'
      const { code, stderr, stdout } = await rehearse(['--tag', 'abc', rehearsal, ...args])
      assert.equal(code, 2, stderr)
      assert.match(stderr, words)
      assert.equal(stdout, '')
    })
})
