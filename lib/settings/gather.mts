import { DeployError } from '../error.mts'
import { last, type Flags } from './arguments.mts'
import { readValues, type DotenvFile, type Folder } from './files.mts'
import { CHOICES, unknownSetting, unknownVariable, type Known } from './known.mts'
import { coerce, emptied, entriesOf, structureIn, type Entry } from './layers.mts'
import { secretWithin, soundsSecret } from './secrecy.mts'
import { formatPath, leavesOf, parsePath, shapeAt, type Path } from './shape.mts'
import { pathOf, PREFIX, variableOf } from './variables.mts'

/** Where values may come from, lowest first, after the schema's own defaults. */
export interface Sources {
  preset: { name: string; values: unknown }
  /** The dotenv file, and the stack that it is for, if that is another one. */
  file: DotenvFile & { owner: string | undefined }
  env: Readonly<Record<string, string | undefined>>
  flags: Flags
}

/** Every value that was given, lowest layer first. `notes` names variables of the process that set nothing. */
export function gather(known: Known, sources: Sources, folder: Folder): { entries: Entry[]; notes: string[] } {
  const fromProcess = processEntries(known, sources.env)
  const entries = [
    ...presetEntries(known, sources.preset),
    ...(sources.flags.values ?? []).flatMap((name) => valuesEntries(known, name, folder)),
    ...fileEntries(known, sources.file),
    ...fromProcess.entries,
    ...flagEntries(sources.flags),
    ...(sources.flags.set ?? []).flatMap((assignment) => setEntries(known, assignment)),
  ]
  return { entries, notes: fromProcess.notes }
}

function presetEntries(known: Known, preset: Sources['preset']): Entry[] {
  const source = `preset ${preset.name}`
  const entries = entriesOf(preset.values ?? {}, known.shape, source)
  for (const { path } of entries)
    if (path.length > 0 && !shapeAt(known.shape, path)) throw unknownSetting(known, path, source, 'broken-stack')
  return entries
}

function valuesEntries(known: Known, name: string, folder: Folder): Entry[] {
  const entries = entriesOf(readValues(folder, name), known.shape, name)
  for (const entry of entries) refuseSecret(known, entry, name)
  return knownEntries(known, entries, name).filter(({ path }) => path.length > 0)
}

function knownEntries(known: Known, entries: Entry[], source: string): Entry[] {
  for (const { path } of entries) if (!shapeAt(known.shape, path)) throw unknownSetting(known, path, source)
  return entries
}

function refuseSecret(known: Known, { path, value }: Entry, name: string): void {
  if (value === null || value === undefined || value === '') return
  const shape = shapeAt(known.shape, path)
  const marked = shape === undefined ? soundsSecret(path.at(-1) ?? '') : shape.kind === 'leaf' && shape.secret
  const secret = secretWithin(path, value) ?? (marked ? path : undefined)
  if (secret === undefined) return
  const out = `take ${formatPath(secret)} out of ${name}`
  throw new DeployError({
    code: 'bad-setting',
    says: `Cannot take ${formatPath(secret)} from ${name}: a secret in a values file is a secret on disk`,
    next:
      shape === undefined
        ? `${out} and put it into a Kubernetes Secret or Vault`
        : `${out} and set ${variableOf(path)} in the environment`,
  })
}

function fileEntries(known: Known, file: Sources['file']): Entry[] {
  return file.variables.flatMap(([variable, text]) => {
    if (!variable.startsWith(PREFIX) || isChoice(variable)) return []
    const path = pathOf(variable, known.leaves)
    if (path === undefined) throw unknownVariable(known, variable, file.name, file.owner)
    return textEntry(known, path, text, `${variable} in ${file.name}`)
  })
}

function processEntries(known: Known, env: Sources['env']): { entries: Entry[]; notes: string[] } {
  const ours = Object.entries(env).filter(([variable]) => variable.startsWith(PREFIX) && !isChoice(variable))
  const notes: string[] = []
  const entries = ours.flatMap(([variable, text = '']) => {
    const path = pathOf(variable, known.leaves)
    if (path !== undefined) return textEntry(known, path, text, `${variable} in the environment`)
    notes.push(unknownVariable(known, variable, 'the environment').message)
    return []
  })
  return { entries, notes }
}

// CI systems set a variable that has no value to the empty string: as if it were not there.
function textEntry(known: Known, path: Path, text: string, source: string): Entry[] {
  return text === '' ? [] : [{ path, value: coerce(text, shapeAt(known.shape, path)), source }]
}

function flagEntries(flags: Flags): Entry[] {
  return (['namespace', 'context', 'kubeconfig'] as const).flatMap((flag) => {
    const value = last(flags, flag)
    return value === undefined ? [] : [{ path: [flag], value, source: `--${flag}` }]
  })
}

function setEntries(known: Known, assignment: string): Entry[] {
  const at = assignment.indexOf('=')
  if (at < 1)
    throw new DeployError({
      code: 'usage',
      says: `Cannot use --set ${assignment}: it is not PATH=VALUE`,
      next: `--set ${at === 0 ? 'PATH' : ''}${assignment}${at === -1 ? '=VALUE' : ''}`,
    })
  const path = parsePath(assignment.slice(0, at))
  const shape = shapeAt(known.shape, path)
  if (shape === undefined) throw unknownSetting(known, path, '--set')
  const text = assignment.slice(at + 1)
  const structure = structureIn(text, shape)
  if (structure !== undefined) return knownEntries(known, entriesOf(structure, shape, '--set', path), '--set')
  if (text === 'null') return [{ path, value: emptied(null, shape), source: '--set' }]
  if (shape.kind !== 'leaf') {
    const inner = leavesOf(shape).map((rest) => formatPath([...path, ...rest]))
    throw new DeployError({
      code: 'bad-setting',
      says: `Cannot set ${formatPath(path)} as one value: it holds ${inner.join(', ')}`,
      next: `--set ${inner[0] ?? formatPath(path)}=VALUE`,
    })
  }
  return [{ path, value: coerce(text, shape), source: '--set' }]
}

function isChoice(variable: string): boolean {
  return (CHOICES as readonly string[]).includes(variable)
}
