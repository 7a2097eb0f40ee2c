import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { told } from './sink.mts'
import { deployTold, failure } from './telling.mts'

suite('createReport() in a GitHub job', () => {
  const directory = mkdtempSync(join(tmpdir(), 'summary-'))
  after(() => rmSync(directory, { recursive: true }))
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(directory, 'summary.md') }

  test('createReport() groups the plan, warns once a phase and writes the summary', async () => {
    const { stderr } = await told(deployTold, { env })
    assert.match(stderr, /^::group::plan: 3 objects\nplan [\s\S]*?\n::endgroup::$/m)
    assert.equal(stderr.match(/^::warning /gm)?.length, 2)
    assert.doesNotMatch(stderr, /^::error/m)
    const summary = readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')
    assert.match(summary, /^### reactbin → k3s-prod\n/)
    assert.match(summary, /\| api \| 1\/1, old pods gone \| 11\.8 s \|/)
    assert.match(summary, /\*\*Release 42 proven in 12\.9 s\*\*/)
  })

  test('createReport() masks secrets, makes one annotation of a failure and disarms commands in what others wrote', async () => {
    const { stderr } = await told(
      (report, redactor) => {
        redactor.learn('hunter22%')
        report.failure(failure('  ::set-env name=PATH::/tmp ##[error] hunter22%\n::stop-commands::x'))
      },
      { env },
    )
    assert.match(stderr, /^::add-mask::hunter22%25$/m)
    const commands = stderr.split('\n').filter((line) => /^\s*::/.test(line))
    assert.deepEqual(commands.slice(1), [
      '::error title=landfall%3A migration-failed::alembic upgrade head exited 1%0A→ fix the migration and deploy again',
    ])
    assert.doesNotMatch(stderr.replace(/^::add-mask.*$/m, ''), /hunter22|##\[/)
  })

  test('createReport() keeps the annotations of a step far below what GitHub shows', async () => {
    const objects = Array.from({ length: 50 }, (_, at) => ({
      ref: `service/x/${at}`,
      action: 'create' as const,
      changes: [],
      warnings: ['deprecated'],
    }))
    const { stderr } = await told((report) => report.plan({ objects, elapsed: 1 }), { env: { GITHUB_ACTIONS: 'true' } })
    assert.equal(stderr.match(/^::warning/gm)?.length, 1)
  })
})
