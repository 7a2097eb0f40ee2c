import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DeployError } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import { DEMOS, type DemoName } from './demo/names.mts'

const VERBS = ['up', 'status', 'down'] as const
const PROVIDERS = ['kind', 'host', 'rehearsal'] as const
const OPTIONS = {
  provider: { type: 'string' },
  name: { type: 'string' },
  install: { type: 'boolean' },
  'print-config': { type: 'boolean' },
  demo: { type: 'boolean' },
  data: { type: 'string' },
  'keep-data': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** What was asked of `cluster.mts`. */
export interface ClusterArguments {
  readonly verb: (typeof VERBS)[number] | 'config' | 'help'
  readonly name: string
  /** Undefined: kind where a Docker engine answers, the host otherwise. */
  readonly provider: (typeof PROVIDERS)[number] | undefined
  readonly packages: 'install' | 'ask'
  /** The stacks whose images and surroundings are loaded. */
  readonly demo: readonly DemoName[]
  /** up: the folder that volumes outlive the cluster in. */
  readonly data?: string
  /** down: what stays. */
  readonly keep?: 'data'
}

export const HELP = `A Kubernetes on this machine to deploy to.

    npx zx cluster.mts up

  up      makes the cluster, or repairs it; adds a context to the kubeconfig and makes it current
  status  prints what runs; exit 0 where all of it does
  down    takes everything away again, and says so after comparing with what was there before

  --provider NAME  kind where a Docker engine answers, otherwise host: this host itself;
                   rehearsal: a process that plays a cluster, and needs nothing but Node
  --name NAME      the cluster's name (landfall)
  --install        up: install the Debian packages that are missing
  --demo[=STACK]   up: load what reactbin needs: images, a database, secrets; or another stack's images:
                   yab, pybase, wrightnow, several with commas between, all
  --data DIR       up: keep volumes in DIR, where a cluster made later with the same DIR finds them
  --keep-data      down: leave what is in that DIR; without it every volume is deleted
  --print-config   up: print kind's configuration and do nothing else
  -h, --help       this text
`

/** Reads the arguments behind the script's name. `unknown-flag` or `usage` names the word that cannot be used. */
export function readArguments(args: readonly string[]): ClusterArguments {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const words: string[] = []
  const given = new Map<string, string | undefined>()
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind === 'option') given.set(known(token.name, token.rawName), valueOf(token))
  }
  if (given.has('help')) return { ...defaults, verb: 'help' }
  const provider = given.get('provider')
  return {
    verb: given.has('print-config') ? 'config' : oneVerb(words),
    name: clusterName(given.get('name') ?? 'landfall'),
    provider: provider === undefined ? undefined : choice('--provider', provider, PROVIDERS),
    packages: given.has('install') ? 'install' : 'ask',
    demo: given.has('demo') ? demosOf(given.get('demo')) : [],
    ...keeping(given, words[0]),
  }
}

function keeping(given: ReadonlyMap<string, string | undefined>, verb: string | undefined) {
  const data = given.get('data')
  if (data !== undefined && verb === 'down') throw usage('--data belongs to up; down knows the folder')
  if (given.has('keep-data') && verb !== 'down') throw usage('--keep-data belongs to down')
  return {
    ...(data === undefined ? {} : { data: resolve(data) }),
    ...(given.has('keep-data') ? { keep: 'data' as const } : {}),
  }
}

const defaults = { name: 'landfall', provider: undefined, packages: 'ask', demo: [] } as const

function known(name: string, raw: string): keyof typeof OPTIONS {
  const flag = (Object.keys(OPTIONS) as (keyof typeof OPTIONS)[]).find((option) => option === name)
  if (flag !== undefined) return flag
  const meant = suggest(name, Object.keys(OPTIONS))
  const hint = meant === undefined ? 'cluster does not know it' : `did you mean --${meant}?`
  throw new DeployError({ code: 'unknown-flag', says: `Cannot use ${raw}: ${hint}`, next: 'npx zx cluster.mts --help' })
}

type OptionToken = { readonly name: string; readonly rawName: string; readonly value?: string | undefined }

function valueOf({ name, rawName, value }: OptionToken): string | undefined {
  if (name === 'demo') return value
  const wantsValue = OPTIONS[name as keyof typeof OPTIONS].type === 'string'
  if (wantsValue && (value === undefined || value.startsWith('-'))) throw usage(`${rawName} needs a value`)
  if (!wantsValue && value !== undefined) throw usage(`${rawName} takes no value: got ${value}`)
  return value
}

/** `--demo` alone is reactbin's, the one that the README begins with. */
function demosOf(value = 'reactbin'): readonly DemoName[] {
  return value === 'all' ? DEMOS : value.split(',').map((name) => choice('--demo', name, DEMOS))
}

function oneVerb(words: readonly string[]): (typeof VERBS)[number] {
  const [verb, more] = words
  if (verb === undefined) throw usage('one of up, status, down is needed')
  if (more !== undefined) throw usage(`one word is enough: got ${verb} and ${more}`)
  return choice('the command', verb, VERBS)
}

function choice<const T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  const meant = suggest(value, allowed)
  throw usage(`${what} is ${allowed.join(', ')}: got ${value}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`)
}

/** A name that can be part of a folder, a context and a control socket's path. */
function clusterName(name: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) return name
  throw usage(`--name is up to 20 small letters, digits and dashes: got ${JSON.stringify(name)}`)
}

function usage(says: string): DeployError {
  return new DeployError({
    code: 'usage',
    says: `Cannot read the command line: ${says}`,
    next: 'npx zx cluster.mts --help',
  })
}
