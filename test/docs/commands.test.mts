import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readArguments } from '../../lib/cluster/arguments.mts'
import { DeployError } from '../../lib/error.mts'
import { asksHelp, last, loadFlags } from '../../lib/settings/arguments.mts'
import { knownFor } from '../../lib/settings/known.mts'
import { parsePath, shapeAt } from '../../lib/settings/shape.mts'
import { loadStack, STACK_NAMES } from '../../lib/stacks/load.mts'
import type { Script } from '../../lib/settings/flags.mts'
import { shownIn, type Shown } from './commands.mts'
import { PAGES } from './pages.mts'

const SCRIPTS = ['deploy', 'verify', 'rollback', 'teardown', 'render'] as const satisfies readonly Script[]

/** What landfall says to a command line, where it does not take it. */
async function refusalOf({ script: file, args }: Shown): Promise<string | undefined> {
  if (!existsSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)))) return `there is no ${file}`
  try {
    if (file === 'cluster.mts') return void (asksHelp(args) || readArguments(args))
    const script = SCRIPTS.find((one) => `${one}.mts` === file)
    return script && (await refusalOfScript(script, args))
  } catch (error) {
    if (error instanceof DeployError) return error.message
    throw error
  }
}

/** Flags, and with a built-in stack its environments and the settings behind `--set`. */
async function refusalOfScript(script: Script, args: readonly string[]): Promise<string | undefined> {
  const flags = loadFlags(args, script)
  const name = last(flags, 'stack')
  if (name === undefined || !STACK_NAMES.includes(name)) return undefined
  const stack = await loadStack(name)
  const environment = last(flags, 'env')
  if (environment !== undefined && !Object.hasOwn(stack.environments ?? {}, environment))
    return `${name} has no environment ${environment}`
  const { shape } = knownFor(stack)
  const unknown = flags.set?.find((one) => !shapeAt(shape, parsePath(one.replace(/=.*/s, ''))))
  return unknown === undefined ? undefined : `${name} has no setting ${unknown}`
}

async function refusals(text: string, path = 'docs/none.md'): Promise<string[]> {
  const shown = shownIn({ path, text })
  const said = await Promise.all(shown.map(async (one) => ({ line: one.line, why: await refusalOf(one) })))
  return said.filter(({ why }) => why !== undefined).map(({ line, why }) => `${line}: ${why}`)
}

suite('commands', () => {
  for (const { path, text } of PAGES)
    test(`${path} shows only commands that are taken`, async () => assert.deepEqual(await refusals(text), []))

  test('refusals() finds a flag, a script, a stack setting and a word that landfall does not take', async () => {
    const text = `
    npx zx deploy.mts --tga abc      # a comment
    npx zx deplyo.mts
    helm template x | npx zx deploy.mts --stack - --yes
    npx zx deploy.mts --stack reactbin --set domian=x.acme.dev
    npx zx verify.mts --stack reactbin --env nowhere && npx zx deploy.mts now
    said by a transcript: npx zx rollback.mts takes it away
Also \`npx zx cluster.mts upp\`, and \`npx zx deploy.mts --set 'a=b c' -o json\`.
`
    const found = await refusals(text)
    assert.equal(found.length, 7, found.join('\n'))
    assert.match(found.join('\n'), /tga[^]*deplyo[^]*--yes[^]*domian[^]*nowhere[^]*argument now[^]*upp/)
  })
})
