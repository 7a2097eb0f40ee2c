import type { Path } from './shape.mts'

/** What every environment variable of ours begins with. */
export const PREFIX = 'LANDFALL_'

/** The variable that sets a path: `tls.caFile` is LANDFALL_TLS_CA_FILE; `*` becomes NAME. */
export function variableOf(path: Path): string {
  return PREFIX + path.map((key) => (key === '*' ? 'NAME' : snake(key))).join('_')
}

/** The path that a variable sets, among these; `*` takes the part of the name in its place: `_` is `-` there. */
export function pathOf(variable: string, paths: readonly Path[]): Path | undefined {
  const exact = paths.find((path) => !path.includes('*') && variableOf(path) === variable)
  if (exact !== undefined) return exact
  for (const path of paths.filter((path) => path.includes('*'))) {
    const found = patternOf(path).exec(variable)
    if (found !== null) return fill(path, found.slice(1))
  }
  return undefined
}

function patternOf(path: Path): RegExp {
  return new RegExp(`^${PREFIX}${path.map((key) => (key === '*' ? '([A-Z0-9][A-Z0-9_]*)' : snake(key))).join('_')}$`)
}

function fill(path: Path, names: readonly string[]): Path {
  let next = 0
  return path.map((key) => {
    if (key !== '*') return key
    next += 1
    return (names[next - 1] ?? '').toLowerCase().replaceAll('_', '-')
  })
}

function snake(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toUpperCase()
}
