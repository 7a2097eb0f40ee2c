import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { flagsOf } from '../../lib/settings/flags.mts'
import { loadStack } from '../../lib/stacks/load.mts'
import { render } from '../../lib/stacks/render.mts'
import { steady } from '../cli/transcript.mts'
import { temporaryFolder } from '../kube/kubeconfig.mts'
import { noCommon } from '../stacks/rendered.mts'

const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The indented block that holds these words, without its indentation. */
function blockWith(words: string): string {
  const blocks = page.match(/(?:^(?: {4}.*)?\n)+/gm) ?? []
  const found = blocks.find((block) => block.includes(words))
  assert.ok(found, `no block with ${words}`)
  return found.replaceAll(/^ {4}/gm, '')
}

suite('README.md', () => {
  test('README.md shows a stack that renders', async () => {
    await using folder = await temporaryFolder()
    const lib = new URL('../../lib/mod.mts', import.meta.url).href
    const zod = import.meta.resolve('zod')
    const text = blockWith('export default stack').replace('./lib/mod.mts', lib).replace("'zod'", `'${zod}'`)
    const stack = await loadStack(await folder.write('hello.mts', text))
    const own = { domain: 'hello.acme.dev', replicas: 2 }
    const desired = render(stack, { environment: 'production', tags: { web: '1.0' }, common: noCommon(), own })
    const kinds = desired.components.flatMap(({ objects }) => objects.map(({ kind }) => kind))
    assert.deepEqual(kinds, ['Namespace', 'Deployment', 'Service', 'Ingress'])
    assert.equal(desired.proofs.length, 2)
  })

  test('README.md shows a rehearsal as it is printed', () => {
    const transcript = readFileSync(new URL('../cli/transcripts/rehearsal.txt', import.meta.url), 'utf8')
    const [command = '', ...said] = transcript.trimEnd().split('\n').slice(0, -1)
    assert.ok(blockWith('npm ci').includes(command.replace('$ ', '')))
    assert.deepEqual(steady(blockWith('→ rehearsal (')).trim().split('\n'), said)
  })

  test('README.md names every flag of deploy.mts, and none that it has not', () => {
    const flags = flagsOf('deploy').filter((flag) => flag !== 'help')
    const table = page.slice(page.indexOf('## Flags'), page.indexOf('`rollback.mts` takes'))
    const named = [...table.matchAll(/--([a-z][a-z-]+)/g)].map(([, flag]) => flag)
    const short: Readonly<Record<string, string>> = { output: '-o ', verbose: '-v`' }
    for (const flag of flags) assert.ok(table.includes(short[flag] ?? `--${flag}`), `--${flag} is not in the table`)
    for (const flag of named) assert.ok((flagsOf('deploy') as string[]).includes(flag ?? ''), `--${flag} is no flag`)
  })

  test('README.md stays below 150 lines', () => assert.ok(page.split('\n').length < 150))
})
