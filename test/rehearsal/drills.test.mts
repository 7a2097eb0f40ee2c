import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { inOwnFolder } from '../deploy/folder.mts'
import { fileURLToPath } from 'node:url'
import { CODES, type Code } from '../../lib/error.mts'
import { DRILLS, UNDRILLED } from '../../lib/rehearsal/drills/drills.mts'
import { inside } from '../cli/inside.mts'
import { playDrill } from './drilled.mts'
import { spawnScript } from './spawned.mts'

const PLAIN = fileURLToPath(new URL('plainstack.mts', import.meta.url))

/** Played on another stack than reactbin, or in a process of its own. */
const ELSEWHERE = new Set(['job-fails', 'interrupted'])

/** Upgrades in which the pods of the app from before must go on serving. */
const HOLD = ['migration-fails', 'migration-slow', 'database-unreachable', 'image-missing', 'unready']

describe('drills', { concurrency: 4 }, () => {
  inOwnFolder()

  for (const [name, { code, script = 'deploy' }] of Object.entries(DRILLS)) {
    if (ELSEWHERE.has(name)) continue
    test(`${name} ends with ${code}, exit ${CODES[code]} and the next command`, async () => {
      const { error, said } = await playDrill(name, { script, args: script === 'deploy' ? ['--tag', 'abc'] : [] })
      assert.equal(error?.code, code, `${error?.stack}\n${said}`)
      assert.equal(error.exit, CODES[code])
      assert.match(error.message, /^Cannot \S/)
      assert.notEqual(error.next, '')
      if (HOLD.includes(name)) assert.match(said, /of 3 pods from before the drill still serve: .*\bapi-/)
    })
  }

  test('job-fails ends with job-failed on a stack that has a Job', async () => {
    const { error } = await playDrill('job-fails', { args: ['--tag', 'abc', '--stack', PLAIN] })
    assert.equal(error?.code, 'job-failed', error?.stack)
  })

  test('a drill that a stack has nobody for is refused, with those that it can play', async () => {
    const { error } = await playDrill('migration-fails', { args: ['--tag', 'abc', '--stack', PLAIN] })
    assert.equal(error?.code, 'usage')
    assert.match(error.message, /stack plain has no migration/)
    assert.match(error.evidence.join(), /image-missing/)
    assert.doesNotMatch(error.evidence.join(), /migration-fails/)
  })

  test('a stack that brings nothing to its rehearsal is proven: its images are played, its Secrets made', async () => {
    const { error, said } = await playDrill('', { args: ['--tag', 'abc', '--stack', PLAIN] })
    assert.equal(error, undefined, `${error?.stack}\n${said}`)
    assert.match(said, /release 1 proven/)
  })

  test('an upgrade of such a stack whose image is missing keeps the old pods', async () => {
    const { error, said } = await playDrill('image-missing', { args: ['--tag', 'abc', '--stack', PLAIN] })
    assert.equal(error?.code, 'image-missing', `${error?.stack}\n${said}`)
    assert.match(said, /1 of 1 pods from before the drill still serve: web-/)
  })

  test('--within wins over the limit of a drill', async () => {
    const { error } = await playDrill('migration-slow', { args: ['--tag', 'abc', '--within', '1'] })
    assert.match(error?.message ?? '', /within 1 s/)
  })
})

describe('--rehearse=DRILL', () => {
  inOwnFolder()

  test('interrupted ends with exit 130 and says what goes on', async () => {
    const { code, stderr } = await spawnScript('deploy', ['--tag', 'abc', '--rehearse=interrupted'])
    assert.equal(code, 130, stderr)
    assert.match(stderr, /✖ interrupted.*Kubernetes goes on with what was applied/)
  })

  test('migration-fails says what it plays, that the old pods serve, the code, and the next command', async () => {
    const { code, stderr, stdout } = await spawnScript('deploy', ['--tag', 'abc', '--rehearse=migration-fails'])
    assert.equal(code, 1, stderr)
    assert.equal(stdout, '')
    const ordered = [
      /^rehearsing migration-fails: /m,
      /^reactbin → rehearsal /m,
      /~ deployment\/reactbin\/api/,
      /3 of 3 pods from before the drill still serve: /,
      /✖ api +migration-failed in /,
      /→ Correct the migration and deploy again; its whole log: kubectl -n reactbin logs /,
    ].map((pattern) => stderr.search(pattern))
    assert.ok(ordered[0] !== -1, stderr)
    assert.deepEqual(
      ordered,
      ordered.toSorted((a, b) => a - b),
      stderr,
    )
  })

  test('schema-ahead is for rollback.mts and ends with exit 3', async () => {
    const { code, stderr } = await inside('../../rollback.mts', ['--rehearse=schema-ahead'], { cwd: process.cwd() })
    assert.equal(code, 3, stderr)
    assert.match(stderr, /✖ schema-ahead/)
  })

  test('list prints a line for each drill on stdout, and needs no tag', async () => {
    const { code, stdout, stderr } = await inside('../../deploy.mts', ['--rehearse=list'], { cwd: process.cwd() })
    assert.equal(code, 0, stderr)
    assert.equal(stderr, '')
    const lines = stdout.trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => line.split(/ +/).slice(0, 2)),
      Object.entries(DRILLS).map(([name, { code: ends }]) => [name, ends]),
    )
  })

  test('a drill that there is not is usage, with what was meant and all there are', async () => {
    const { code, stderr, stdout } = await inside('../../deploy.mts', ['--tag', 'abc', '--rehearse=migration-fials'], {
      cwd: process.cwd(),
    })
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /there is no such drill \(did you mean migration-fails\?\)/)
    for (const name of Object.keys(DRILLS)) assert.ok(stderr.includes(name), `${name} is not listed`)
  })
})

describe('DRILLS', () => {
  test('DRILLS plays every code, but for those that UNDRILLED says why not', () => {
    const played = new Set<string>(Object.values(DRILLS).map(({ code }) => code))
    const codes = Object.keys(CODES) as Code[]
    assert.deepEqual(
      codes.filter((code) => !played.has(code)),
      codes.filter((code) => code in UNDRILLED),
    )
  })

  test('DRILLS are each named in docs/failures.md, in the section of their code', () => {
    const page = readFileSync(new URL('../../docs/failures.md', import.meta.url), 'utf8')
    for (const [name, { code, script = 'deploy' }] of Object.entries(DRILLS)) {
      const [, section = ''] = page.split(`\n### ${code}\n`)
      const command = `npx zx ${script}.mts${script === 'deploy' ? ' --tag abc' : ''} --rehearse=${name}\``
      assert.ok(section.split('\n##')[0]?.includes(command), `${command} is not in the section of ${code}`)
    }
  })
})
