import { parseArgs } from 'node:util'
import { DeployError } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import { flagsOf, OPTIONS, optionOf, type Flag, type Script } from './flags.mts'

/** What was typed, as strings: `--tag 1e5` stays `1e5`. A switch is `''`. */
export type Flags = Readonly<Partial<Record<Flag, readonly string[]>>>

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]

const ZX = /(^|[\\/])zx(\.[cm]?js)?$|[\\/]zx[\\/]build[\\/]cli\.c?js$/
// zx's own options that take the next word as their value (zx 8.8, src/cli.ts).
const ZX_VALUED = new Set(['--shell', '--prefix', '--postfix', '--eval', '-e', '--cwd', '--ext', '--registry', '--env'])

/** The arguments behind the script's own name in a `process.argv`, under zx (where argv[1] is zx) and under node. */
export function argumentsOf(argv: readonly string[]): string[] {
  const rest = argv.slice(2)
  if (!ZX.test(argv[1] ?? '')) return rest
  let at = 0
  while (rest[at]?.startsWith('-') === true) at += ZX_VALUED.has(rest[at] ?? '') ? 2 : 1
  return rest.slice(at + 1)
}

/** Whether help is asked for, however wrong the rest of the line is. */
export function asksHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end === -1 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h')
}

/** Parses the arguments of a script. Throws `unknown-flag`, or `usage` where a value is missing, not wanted or not allowed. */
export function loadFlags(args: readonly string[], script: Script): Flags {
  const flags: Partial<Record<Flag, string[]>> = {}
  for (const token of tokensOf(args, script)) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') throw unexpected(token.value, script)
    const { flag, value } = read(token, args, script)
    const many = optionOf(flag, script).type === 'many'
    flags[flag] = many ? [...(flags[flag] ?? []), value] : [value]
  }
  return flags
}

/** The last value of a flag. */
export function last(flags: Flags, flag: Flag): string | undefined {
  return flags[flag]?.at(-1)
}

function tokensOf(args: readonly string[], script: Script): Token[] {
  const options = Object.fromEntries(
    flagsOf(script).map((flag) => {
      const { short, type } = optionOf(flag, script)
      // An optional value stands behind `=` only, so that it never swallows the next word.
      const kind: 'boolean' | 'string' = type === 'value' || type === 'many' ? 'string' : 'boolean'
      return [flag, { type: kind, ...(short === undefined ? {} : { short }) }]
    }),
  )
  return parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens
}

function read(token: Extract<Token, { kind: 'option' }>, args: readonly string[], script: Script) {
  const flag = flagsOf(script).find((name) => name === token.name)
  if (flag === undefined) throw unknown(args[token.index] ?? token.rawName, script)
  const option = optionOf(flag, script)
  const given = token.value
  if (option.type === 'switch' || option.type === 'optional') {
    if (given !== undefined && option.type === 'switch') throw usage(script, `--${flag} takes no value: got ${given}`)
    return { flag, value: given ?? '' }
  }
  if (given === undefined || (!token.inlineValue && /^-./.test(given)))
    throw usage(script, `--${flag} needs a value: ${option.oneOf?.join(', ') ?? option.value ?? ''}`)
  // kubectl's `-o=json`, which parseArgs reads as `-o` with the value `=json`.
  const value = token.rawName.startsWith('--') ? given : given.replace(/^=/, '')
  if (option.oneOf !== undefined && !option.oneOf.includes(value)) throw notOneOf(flag, value, option.oneOf, script)
  return { flag, value }
}

function notOneOf(flag: Flag, value: string, oneOf: readonly string[], script: Script): DeployError {
  const meant = suggest(value, oneOf)
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`
  return usage(script, `--${flag} is ${oneOf.join(', ')}: got ${JSON.stringify(value)}${hint}`)
}

function unexpected(word: string, script: Script): DeployError {
  const meant = script === 'deploy' && /^\w/.test(word) ? `npx zx deploy.mts --tag ${word}` : helpCommand(script)
  return new DeployError({
    code: 'usage',
    says: `Cannot use the argument ${word}: ${script} takes flags only`,
    next: meant,
  })
}

function unknown(typed: string, script: Script): DeployError {
  const name = typed.replace(/=.*$/s, '')
  const bare = name.replace(/^-+/, '')
  const elsewhere = (Object.keys(OPTIONS) as Flag[]).find((flag) => flag === bare)
  if (elsewhere !== undefined && !flagsOf(script).includes(elsewhere))
    return unknownFlag(name, `it belongs to ${OPTIONS[elsewhere].scripts.join(' and ')}, not to ${script}`, script)
  const meant = bare === 'env-file' ? 'dotenv' : suggest(bare, flagsOf(script))
  return unknownFlag(name, meant === undefined ? `${script} does not know it` : `did you mean --${meant}?`, script)
}

function unknownFlag(name: string, why: string, script: Script): DeployError {
  return new DeployError({ code: 'unknown-flag', says: `Cannot use ${name}: ${why}`, next: helpCommand(script) })
}

function usage(script: Script, says: string): DeployError {
  return new DeployError({ code: 'usage', says: `Cannot read the command line: ${says}`, next: helpCommand(script) })
}

function helpCommand(script: Script): string {
  return `npx zx ${script}.mts --help`
}
