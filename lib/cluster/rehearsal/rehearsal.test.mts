import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { connect } from '../../kube/connect.mts'
import { readContexts } from '../host/kubeconfig.mts'
import { identifyByPs, isAlive } from '../host/processes.mts'
import { folderOf, readKept } from './folder.mts'
import type { Kept } from './folder.mts'
import { rehearsal } from './rehearsal.mts'

const home = mkdtempSync(join(tmpdir(), 'landfall-kept-'))
const config = join(home, 'config')
process.env['XDG_STATE_HOME'] = home
process.env['KUBECONFIG'] = config
writeFileSync(config, 'contexts: [{ name: prod, context: { cluster: prod } }]\ncurrent-context: prod\n')

const NAME = 'kept'
const wish = { name: NAME, packages: 'ask' } as const
const said: string[] = []
const say = (line: string): void => void said.push(line)

function kept(): Kept {
  const found = readKept(folderOf(NAME))
  assert.ok(found !== undefined)
  return found
}

test('up() keeps a cluster, up() again the same one, a killed one is made anew, down() leaves nothing', async () => {
  await rehearsal.up(wish, say)
  const first = kept()
  assert.match(said.join('\n'), /context "kept-rehearsal" is now the current one/)
  assert.deepEqual(readContexts(), { contexts: ['prod', 'kept-rehearsal'], current: 'kept-rehearsal' })
  assert.match(readFileSync(join(folderOf(NAME).root, 'reactbin.env'), 'utf8'), /LANDFALL_EDGE_ADDRESS='127\.0\.0\.1:/)
  {
    await using cluster = await connect({ signal: new AbortController().signal })
    assert.equal(await cluster.version(), 'v1.35.4')
  }
  assert.ok((await rehearsal.status(NAME, say)).every(({ state }) => state === 'ok'))

  await rehearsal.up(wish, say)
  assert.deepEqual(kept(), first)

  process.kill(first.process.pid, 'SIGKILL')
  await rehearsal.up(wish, say)
  assert.match(said.join('\n'), /what it held is lost/)
  assert.notEqual(kept().process.pid, first.process.pid)

  const { process: last } = kept()
  assert.deepEqual(await rehearsal.down(NAME, say), { state: 'gone' })
  assert.equal(isAlive(last), false)
  assert.equal(existsSync(folderOf(NAME).root), false)
  assert.deepEqual(readContexts(), { contexts: ['prod'], current: 'prod' })
  assert.deepEqual(await rehearsal.down(NAME, say), { state: 'absent' })
})

const noPs = existsSync('/usr/bin/ps') ? '' : ' (skipped: this machine has no ps)'

test(`identifyByPs() tells a process by its start, where there is no /proc${noPs}`, { skip: noPs !== '' }, () => {
  const own = identifyByPs(process.pid)
  assert.equal(own?.pid, process.pid)
  assert.deepEqual(identifyByPs(process.pid), own)
  assert.equal(identifyByPs(2 ** 22 + 1), undefined)
})

after(async () => {
  await rehearsal.down(NAME, say)
  rmSync(home, { recursive: true })
})
