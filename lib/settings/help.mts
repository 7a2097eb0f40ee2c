import { flagsOf, optionOf, type Flag, type Script } from './flags.mts'

const ABOUT = {
  deploy: ['Deploys a stack to Kubernetes and ends with proof that the new version serves.', '--tag abc'],
  verify: ['Proves that what is deployed serves. Writes nothing.', ''],
  rollback: ['Applies an earlier proven release.', '--to 41'],
  teardown: ['Removes what a stack made, after showing it, and proves that it is gone.', '--dry-run=server'],
  render: ['Writes the manifests of a stack to disk or stdout.', '--check'],
} as const satisfies Record<Script, readonly [string, string]>

const EXITS = [
  '0 proven (or a dry run that is possible)   1 failed or unproven   2 usage or settings',
  '3 refused: guard, conflict, lock, preflight   4 out of time   5 cluster unreachable or forbidden',
  '6 differences, with --exit-code   130 interrupted',
]

/** The help text of a script. */
export function helpOf(script: Script): string {
  const [about, example] = ABOUT[script]
  const rows = flagsOf(script).map((flag) => [signature(flag, script), optionOf(flag, script).help] as const)
  const width = Math.max(...rows.map(([left]) => left.length))
  return [
    about,
    '',
    `    npx zx ${script}.mts ${example}`.trimEnd(),
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    '',
    'Settings: defaults < preset of --env < -f < .env < environment (LANDFALL_…) < flags and --set.',
    'Exit codes:',
    ...EXITS.map((line) => `  ${line}`),
    '',
  ].join('\n')
}

function signature(flag: Flag, script: Script): string {
  const { short, type, value = '', oneOf } = optionOf(flag, script)
  const shown = oneOf?.join('|') ?? value
  const tail = { switch: '', value: ` ${shown}`, many: ` ${shown}`, optional: `[=${shown}]` }[type]
  return `${short === undefined ? '    ' : `-${short}, `}--${flag}${tail}`
}
