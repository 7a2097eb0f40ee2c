import { DeployError } from '../error.mts'
import { suggest } from '../report/suggest.mts'
import { Redacted } from '../report/redact.mts'
import { commonSettings, type CommonSettings } from '../stacks/common.mts'
import { loadStack } from '../stacks/load.mts'
import type { Stack } from '../stacks/stack.mts'
import { last, loadFlags, type Flags } from './arguments.mts'
import { checkSettings } from './check.mts'
import type { Drill } from '../rehearsal/drills/drill.mts'
import { folderAt, readNamed, readVariables, type DotenvFile, type Folder } from './files.mts'
import type { Script } from './flags.mts'
import { gather } from './gather.mts'
import { refusePlaceholders, requireTags, tagsOf } from './guards.mts'
import { knownFor, runSettings, type Known } from './known.mts'
import { mergeEntries, type Entry } from './layers.mts'
import { foreignSecrets, heldOf, rowsOf, secretsOf, type Held } from './rows.mts'
import { runFlagsOf, withoutColor } from './run.mts'
import type { ClusterChoice, SettingRow, Settings } from './settings.mts'

/** `--rehearse=list`: the drills there are, in place of one. */
const LIST = 'list'

/** What settings are read from. */
export interface World {
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  readFile?: (path: string) => string
  /** A stack at hand, in place of `--stack`: that of a single-file deploy script. */
  stack?: Stack
}

/** Reads everything that a run may be told: flags, values files, `.env`, the environment, the preset, defaults. What of
    the world is not given is this process's. Nothing but files is touched. Throws a DeployError with exit 2 for whatever
    cannot be used. */
export async function loadSettings(
  args: readonly string[],
  script: Script,
  world: Partial<World> = {},
): Promise<Settings> {
  try {
    return await load(loadFlags(args, script), script, { env: process.env, cwd: process.cwd(), ...world })
  } catch (error) {
    throw asCommand(error, script)
  }
}

/**
 * manifests/ follows from defaults alone: what an operator's shell or .env says must not even be able to break it. A
 * rehearsal knows nothing of the operator's real cluster either.
 */
function isAlone(flags: Flags, script: Script): boolean {
  return flags.rehearse !== undefined || (script === 'render' && flags.output === undefined)
}

/** A rehearsal brings what has no usable default, such as a domain; a drill, what it needs. */
function rehearsed(
  preset: { name: string; values: unknown },
  stack: Stack,
  drill: Pick<Drill, 'settings'> | undefined,
): { name: string; values: unknown } {
  if (drill === undefined) return preset
  return { name: 'rehearsal', values: { ...(preset.values as object), ...stack.rehearsal, ...drill.settings } }
}

/** The drill that was asked for; one without a name changes nothing. Throws `usage` where there is none of that name. */
async function drillOf(flags: Flags, script: Script): Promise<Pick<Drill, 'settings' | 'within'> | undefined> {
  const name = last(flags, 'rehearse')
  if (name === undefined || name === '' || name === LIST) return name === undefined ? undefined : {}
  const { drillNamed } = await import('../rehearsal/drills/choose.mts')
  return drillNamed(name, script)
}

async function load(flags: Flags, script: Script, given: World): Promise<Settings> {
  const world = isAlone(flags, script) ? { ...given, env: {} } : given
  const folder = folderOf(world)
  const file = isAlone(flags, script) ? { name: '.env', variables: [] } : readVariables(folder, last(flags, 'dotenv'))
  const choose = chooser(flags, world.env, file)
  const chosen = world.stack ? undefined : choose('stack', 'reactbin')
  const stack =
    world.stack ??
    (await loadStack(chosen?.value ?? '', script === 'verify' || script === 'rollback' ? 'record' : 'manifests'))
  const environment = choose('env', 'production')
  const drill = await drillOf(flags, script)
  const preset = rehearsed(presetOf(stack, environment.value), stack, drill)
  const known = knownFor(stack)
  const owner = strangerIn(file, stack.name, chosen?.value)
  const gathered = gather(known, { preset, file: { ...file, owner }, env: world.env, flags }, folder)
  const entries = mergeEntries(gathered.entries)
  const checked = checkAll(stack, known, entries)
  const tags = tagsOf(flags.tag ?? [], stack, script)
  guard({ script, flags, stack, tags, folder, ...checked })
  return {
    script,
    stack,
    environment: preset.name,
    namespace: checked.namespace,
    tags,
    common: checked.common,
    own: checked.own,
    files: filesOf(stack, checked.own, folder),
    cluster: checked.cluster,
    ...(drill?.within === undefined ? {} : { within: drill.within }),
    ...runFlagsOf(flags, script),
    color: !withoutColor(flags, world.env),
    secrets: [...secretsOf(checked.held), ...foreignSecrets(file.variables), ...(stack.told?.secrets ?? [])],
    rows: [
      { path: 'stack', value: stack.name, source: chosen?.source ?? 'the script', secret: false },
      { path: 'env', ...environment, secret: false },
      ...namespaceRow(checked),
      ...tagRows(tags, flags),
      ...rowsOf(checked.held),
    ],
    ...(world.env['GITHUB_RUN_ID'] === undefined ? {} : { githubRun: world.env['GITHUB_RUN_ID'] }),
    variable: variableIn(world.env, file.variables, flags),
    notes: [...gathered.notes, ...foreignNote(file.name, owner, stack.name), ...(stack.told?.notes ?? [])],
  }
}

/** The stack whose settings the dotenv file holds, where that is another one than is deployed. */
function strangerIn({ variables }: DotenvFile, ...names: readonly (string | undefined)[]): string | undefined {
  const owner = present(new Map(variables).get('LANDFALL_STACK'))
  return names.includes(owner) ? undefined : owner
}

function foreignNote(file: string, owner: string | undefined, stack: string): string[] {
  if (owner === undefined) return []
  return [`${file} is for ${owner} (LANDFALL_STACK), and ${stack} takes its other settings too: --dotenv names another`]
}

function filesOf(stack: Stack, own: unknown, folder: Folder): Record<string, string> {
  const paths = stack.reads?.(own) ?? []
  return Object.fromEntries(paths.map((path) => [path, readNamed(folder, path, `the settings of ${stack.name}`)]))
}

function variableIn(env: World['env'], file: readonly (readonly [string, string])[], flags: Flags) {
  const fallback = new Map(file)
  return (name: string): Redacted | undefined => {
    const rehearsed = flags.rehearse === undefined ? undefined : `rehearsed-value-of-${name}`
    const value = env[name] ?? fallback.get(name) ?? rehearsed
    return value === undefined ? undefined : new Redacted(value)
  }
}

interface Checked {
  common: CommonSettings
  own: unknown
  cluster: ClusterChoice
  namespace: string
  held: Held[]
}

function checkAll(stack: Stack, known: Known, entries: readonly Entry[]): Checked {
  const of = (keys: ReadonlySet<string>) => entries.filter(({ path }) => keys.has(path[0] ?? ''))
  const rest = entries.filter(({ path }) => !known.run.has(path[0] ?? '') && !known.common.has(path[0] ?? ''))
  const run = checkSettings(runSettings, of(known.run), known)
  const common = checkSettings(commonSettings, of(known.common), known)
  const own = checkSettings(stack.settings, rest, known)
  const { namespace = stack.namespace ?? stack.name, expect, ...chosen } = run
  const held = [run, common, own].flatMap((part) => heldOf(part, entries, known))
  return { common, own, namespace: checkNamespace(namespace), cluster: clusterOf(chosen, expect), held }
}

function clusterOf(
  chosen: { context?: string | undefined; kubeconfig?: string | undefined },
  expect: { context?: string | undefined; server?: string | undefined },
): ClusterChoice {
  const { context, kubeconfig } = chosen
  const pinned = {
    ...(expect.context === undefined ? {} : { context: expect.context }),
    ...(expect.server === undefined ? {} : { server: expect.server }),
  }
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    ...(Object.keys(pinned).length === 0 ? {} : { expect: pinned }),
  }
}

function guard(
  run: Checked & { script: Script; flags: Flags; stack: Stack; tags: Record<string, string>; folder: Folder },
) {
  if (run.flags['print-settings'] !== undefined || last(run.flags, 'rehearse') === LIST) return
  if (run.script === 'deploy') {
    requireTags(
      run.tags,
      run.stack,
      Object.keys(run.common.images).filter((name) => run.common.images[name]?.tag),
    )
    refusePlaceholders(run.held)
  }
  if (run.script === 'render') return
  if (run.cluster.kubeconfig !== undefined) readNamed(run.folder, run.cluster.kubeconfig, '--kubeconfig')
  for (const { path, value, source } of run.held)
    if (path.at(-1) === 'caFile' && typeof value === 'string')
      readNamed(run.folder, value, `${path.join('.')} (${source})`)
}

function presetOf(stack: Stack, name: string): { name: string; values: unknown } {
  const presets: Readonly<Record<string, unknown>> = stack.environments ?? {}
  if (Object.hasOwn(presets, name)) return { name, values: presets[name] }
  const names = Object.keys(presets)
  if (names.length === 0 && name === 'production') return { name, values: {} }
  const meant = suggest(name, names.length > 0 ? names : ['production'])
  throw new DeployError({
    code: 'bad-setting',
    says: `Cannot use environment ${JSON.stringify(name)}: ${stack.name} has ${names.length > 0 ? names.join(', ') : 'production only'}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`,
    next: `--env ${meant ?? names[0] ?? 'production'}`,
  })
}

function checkNamespace(name: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return name
  throw new DeployError({
    code: 'bad-setting',
    says: `Cannot use namespace ${JSON.stringify(name)}: a namespace is 1-63 of a-z, 0-9 and "-", with no "-" at either end`,
    next: '--namespace NAME',
  })
}

interface Choice {
  value: string
  source: string
}

/** Stack and environment: they decide which settings there are, so they are chosen first, by the same order of layers. */
function chooser(flags: Flags, env: World['env'], file: DotenvFile) {
  const inFile = new Map(file.variables)
  return (name: 'stack' | 'env', otherwise: string): Choice => {
    const variable = `LANDFALL_${name.toUpperCase()}`
    const layers = [
      { value: last(flags, name), source: `--${name}` },
      { value: present(env[variable]), source: `${variable} in the environment` },
      { value: present(inFile.get(variable)), source: `${variable} in ${file.name}` },
    ]
    const found = layers.find((layer): layer is Choice => layer.value !== undefined)
    return found ?? { value: otherwise, source: 'default' }
  }
}

function namespaceRow({ held, namespace }: Checked): SettingRow[] {
  const named = held.some(({ path }) => path[0] === 'namespace')
  return named ? [] : [{ path: 'namespace', value: namespace, source: 'default', secret: false }]
}

function tagRows(tags: Readonly<Record<string, string>>, flags: Flags): SettingRow[] {
  const source = flags.tag === undefined ? 'default' : '--tag'
  return Object.entries(tags).map(([image, value]) => ({ path: `tag.${image}`, value, source, secret: false }))
}

/** What to type next is a whole command, also where it was found as a flag alone. */
function asCommand(error: unknown, script: Script): unknown {
  if (!(error instanceof DeployError) || !error.next.startsWith('--')) return error
  const { code, message: says, evidence, next, cause } = error
  return new DeployError({ code, says, evidence, next: `npx zx ${script}.mts ${next}`, cause })
}

function folderOf(world: World): Folder {
  const folder = folderAt(world.cwd)
  return world.readFile === undefined ? folder : { ...folder, readFile: world.readFile }
}

function present(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
