/** The scripts an operator types. */
export type Script = 'deploy' | 'verify' | 'rollback' | 'teardown' | 'render'

interface Option {
  /** `many` may be given more than once; `optional` takes its value only behind `=`. */
  type: 'switch' | 'value' | 'many' | 'optional'
  short?: string
  /** What stands for the value in the help text. */
  value?: string
  /** The only values there are. */
  oneOf?: readonly string[]
  help: string
  scripts: readonly Script[]
}

const ALL = ['deploy', 'verify', 'rollback', 'teardown', 'render'] as const
const ASKING = ['deploy', 'verify', 'rollback', 'teardown'] as const
const PROVING = ['deploy', 'verify', 'rollback'] as const
const APPLYING = ['deploy', 'rollback'] as const
const WRITING = ['deploy', 'rollback', 'teardown'] as const

/** Every option there is: what is parsed, what `--help` says and what a shell completes all follow from this table. */
export const OPTIONS = {
  tag: {
    type: 'many',
    value: 'TAG',
    help: 'image tag or sha256 digest, for all images or for one: api=abc',
    scripts: ['deploy', 'render'],
  },
  stack: { type: 'value', value: 'STACK', help: 'a built-in stack, or the path of a stack file', scripts: ALL },
  env: {
    type: 'value',
    value: 'NAME',
    help: "environment: a preset of the stack's settings (production)",
    scripts: ALL,
  },
  values: { type: 'many', short: 'f', value: 'FILE', help: 'YAML file with settings; the last one wins', scripts: ALL },
  set: { type: 'many', value: 'PATH=VALUE', help: 'one setting, for example tls.from=existing', scripts: ALL },
  // Not --env-file: Node looks for that one among a script's own arguments too, and dies where the file is missing.
  dotenv: { type: 'value', value: 'FILE', help: 'read this file in place of .env', scripts: ALL },
  namespace: { type: 'value', short: 'n', value: 'NAME', help: "home namespace; the stack's name", scripts: ALL },
  context: { type: 'value', value: 'NAME', help: 'context of the kubeconfig', scripts: ASKING },
  kubeconfig: { type: 'value', value: 'FILE', help: 'kubeconfig file', scripts: ASKING },
  'dry-run': {
    type: 'value',
    value: 'MODE',
    oneOf: ['client', 'server', 'none'],
    help: 'client: print the manifests; server: print what would change',
    scripts: WRITING,
  },
  'exit-code': { type: 'switch', help: 'with --dry-run=server: exit 6 where something would change', scripts: WRITING },
  to: { type: 'value', value: 'N', help: 'the release to go back to', scripts: ['rollback'] },
  within: {
    type: 'value',
    value: 'SECONDS',
    help: "time from the lock to the proof; the stack's own limit",
    scripts: ASKING,
  },
  'on-failure': {
    type: 'value',
    value: 'WHAT',
    oneOf: ['hold', 'rollback'],
    help: 'hold: the old version keeps serving (default); rollback: bring it back',
    scripts: ['deploy'],
  },
  'force-conflicts': { type: 'switch', help: 'take fields over from other field managers', scripts: APPLYING },
  'schema-compatible': {
    type: 'switch',
    help: "the release works with the database's schema although the schema is newer",
    scripts: APPLYING,
  },
  rehearse: {
    type: 'optional',
    value: 'DRILL',
    help: 'against a cluster inside the process; a DRILL breaks it: --rehearse=list',
    scripts: PROVING,
  },
  with: {
    type: 'many',
    value: 'volumes|secrets|namespaces',
    help: 'these too: volume claims, Secrets that others made, namespaces',
    scripts: ['teardown'],
  },
  yes: { type: 'switch', help: 'remove without being asked', scripts: ['teardown'] },
  check: { type: 'switch', help: 'exit 1 where manifests/ differs from what would be written', scripts: ['render'] },
  format: {
    type: 'value',
    value: 'FORMAT',
    oneOf: ['yaml', 'kustomize'],
    help: 'for -o DIR: plain files (default), or Kustomize: a base, an overlay for each environment',
    scripts: ['render'],
  },
  schema: { type: 'switch', help: "print the JSON Schema of the stack's settings, for editors", scripts: ['render'] },
  output: { type: 'value', short: 'o', value: 'FORMAT', help: '', scripts: ALL },
  'print-settings': { type: 'switch', help: 'print every setting and where it came from', scripts: ALL },
  'no-color': { type: 'switch', help: 'no colours', scripts: ALL },
  verbose: { type: 'switch', short: 'v', help: 'say more', scripts: ALL },
  help: { type: 'switch', short: 'h', help: 'this text', scripts: ALL },
} as const satisfies Record<string, Option>

export type Flag = keyof typeof OPTIONS

/** What `-o` means depends on the script: render writes into a directory, the others choose a format. */
export function optionOf(flag: Flag, script: Script): Option {
  if (flag === 'dry-run' && script === 'teardown')
    return { ...OPTIONS[flag], oneOf: ['server', 'none'], help: 'server: print what would be removed' }
  if (flag !== 'output') return OPTIONS[flag]
  const formats = ['text', 'json', 'yaml']
  return script === 'render'
    ? { ...OPTIONS.output, value: 'DIR', help: 'write into this directory (or stdout: -)' }
    : { ...OPTIONS.output, value: 'FORMAT', oneOf: formats, help: 'text, json or yaml, on stdout' }
}

/** The options that a script takes, in the order of the table. */
export function flagsOf(script: Script): Flag[] {
  return (Object.keys(OPTIONS) as Flag[]).filter((flag) =>
    (OPTIONS[flag].scripts as readonly Script[]).includes(script),
  )
}
