import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inside } from '../cli/inside.mts'
import type { Ended } from '../cli/world.mts'

/** Runs a deploy as a newcomer would: an empty folder, no kubeconfig, nothing in the environment. */
async function rehearse(args: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-newcomer-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const env = { HOME: folder, TMPDIR: folder, NO_COLOR: '1' }
    const ended = await inside('../../deploy.mts', args, { cwd: folder, env })
    const left = readdirSync(folder).filter((name) => name.startsWith('landfall-rehearsal-'))
    assert.deepEqual(left, [], 'the rehearsal left its folder behind')
    return ended
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('deploy.mts --rehearse', () => {
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
    ['a drill that is not there', [], /Cannot rehearse fire: there is no such drill/],
  ] as const)
    test(`refuses ${what}`, async () => {
      const rehearsal = args.length === 0 ? '--rehearse=fire' : '--rehearse'
      const { code, stderr, stdout } = await rehearse(['--tag', 'abc', rehearsal, ...args])
      assert.equal(code, 2, stderr)
      assert.match(stderr, words)
      assert.equal(stdout, '')
    })
})
