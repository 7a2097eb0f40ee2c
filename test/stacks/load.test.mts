import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DeployError, type Code } from '../../lib/error.mts'
import { checkStack, loadStack } from '../../lib/stacks/load.mts'
import { hello } from './toy.mts'

const directory = mkdtempSync(join(tmpdir(), 'stacks-'))
const lib = fileURLToPath(new URL('../../lib/stacks/stack.mts', import.meta.url))
after(() => rmSync(directory, { recursive: true }))

function file(name: string, ...lines: string[]): string {
  const path = join(directory, name)
  writeFileSync(path, lines.join('\n'))
  return path
}

async function refusal(nameOrPath: string, code: Code): Promise<string> {
  const error = await loadStack(nameOrPath).then(
    () => assert.fail('it was taken'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof DeployError, String(error))
  assert.equal(error.code, code)
  return `${error.message} → ${error.next}`
}

suite('loadStack()', () => {
  test('loadStack() finds a built-in stack by its name', async () => {
    assert.equal((await loadStack('reactbin')).name, 'reactbin')
  })

  test('loadStack() names the stack that was meant', async () => {
    assert.match(await refusal('reactbon', 'unknown-stack'), /reactbon.*--stack reactbin/)
    assert.match(await refusal('constructor', 'unknown-stack'), /constructor/)
  })

  test('loadStack() imports a file, from the current directory too', async () => {
    const path = file(
      'good.mts',
      `import { stack } from ${JSON.stringify(lib)}`,
      `export default stack({ name: 'mine', images: {}, settings: { safeParse: () => 0 } as never, components: () => [], proofs: () => [] })`,
    )
    assert.equal((await loadStack(path)).name, 'mine')
    assert.equal((await loadStack(`./${relative(process.cwd(), path)}`)).name, 'mine')
  })

  test('loadStack() says which file is not there', async () => {
    assert.match(await refusal('./no/such.mts', 'missing-file'), /no\/such\.mts/)
  })

  test('loadStack() gives file and line of a broken stack file', async () => {
    const rows: [string, string[], RegExp][] = [
      ['syntax.mts', ['const a = 1', 'export default { a: , }'], /syntax\.mts:2/],
      ['throws.mts', ['', '', 'throw new RangeError("too far")'], /RangeError: too far \(.*throws\.mts:3\)/],
      ['enum.mts', ['const a = 1', 'enum B { C }', 'export default B'], /enum is not supported.*enum\.mts:2/],
      ['name.mts', ["import { nothing } from 'node:fs'", 'export default nothing'], /nothing.*name\.mts:1/],
      ['module.mts', ["import './nowhere.mts'", 'export default 1'], /nowhere\.mts.*module\.mts/],
    ]
    for (const [name, lines, words] of rows) assert.match(await refusal(file(name, ...lines), 'broken-stack'), words)
  })

  test('loadStack() says what a default export lacks to be a stack', async () => {
    assert.match(await refusal(file('none.mts', 'export const a = 1'), 'broken-stack'), /no default export/)
    assert.match(await refusal(file('text.mts', 'export default "x"'), 'broken-stack'), /is a string/)
  })

  test('checkStack() names each missing piece', () => {
    const rows: [object, RegExp][] = [
      [{ ...hello, name: 'My App' }, /name/],
      [{ ...hello, images: undefined }, /images/],
      [{ ...hello, settings: {} }, /settings/],
      [{ ...hello, components: [] }, /components/],
      [{ ...hello, proofs: undefined }, /proofs/],
      [
        { ...hello, settings: hello.settings instanceof Object && { safeParse: () => 0, shape: { resources: 1 } } },
        /resources/,
      ],
    ]
    for (const [value, words] of rows) assert.throws(() => checkStack('x.mts', value), words)
    assert.equal(checkStack('x.mts', hello), hello)
  })
})
