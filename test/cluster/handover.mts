import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { assertExit } from './reactbin.mts'
import { freshStart, onStage } from './stage.mts'
import { landfall } from './world.mts'

describe('reactbin is handed over to Kustomize', { concurrency: 1 }, () => {
  test('RB-29 kubectl apply -k of an overlay brings the site up, and a plan of landfall differs in no value', async () => {
    await freshStart()
    const { kubectl } = onStage()
    const directory = await mkdtemp(join(tmpdir(), 'landfall-kustomize-'))
    assertExit(
      await landfall('render.mts', ['--tag', 'abc', '--format', 'kustomize', '--env', 'production', '-o', directory]),
      0,
    )
    const overlay = join(directory, 'overlays/production')
    await kubectl('apply', '--server-side', '--field-manager=landfall-reactbin', '-k', overlay)
    await kubectl('-n', 'reactbin', 'rollout', 'status', 'deployment/api', '--timeout=120s')
    await kubectl('-n', 'reactbin', 'rollout', 'status', 'deployment/ui', '--timeout=120s')
    const planned = await landfall('deploy.mts', ['--tag', 'abc', '--dry-run=server', '--exit-code'])
    assertExit(planned, 0)
    assert.match(planned.stderr, /plan +\d+ objects: \d+ unchanged/)
  })
})
