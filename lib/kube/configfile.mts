import { readFileSync } from 'node:fs'
import path from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { DeployError } from '../error.mts'

/** A named cluster, user or context, and where it stands. Relative paths in it were made absolute. */
export interface Named {
  name: string
  fields: Readonly<Record<string, unknown>>
  file: string
  line: number
}

export interface ConfigFile {
  currentContext: string | undefined
  clusters: readonly Named[]
  users: readonly Named[]
  contexts: readonly Named[]
}

// client-go resolves these against the file's own folder.
const PATHS = new Set(['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'])

/** A broken kubeconfig: which file, which line, what. */
export function badKubeconfig(file: string, line: number | undefined, says: string): DeployError {
  return new DeployError({
    code: 'bad-kubeconfig',
    says: `Cannot use kubeconfig ${file}${line === undefined ? '' : `:${line}`}: ${says}`,
    next: `correct the file, or name another one: --kubeconfig FILE; kubectl config view --kubeconfig ${file}`,
  })
}

/** One kubeconfig file, checked as far as its shape goes. Throws `bad-kubeconfig` with the line. */
export function readConfigFile(file: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(read(file), { lineCounter: lines, prettyErrors: false })
  const [problem] = document.errors
  if (problem !== undefined) throw badKubeconfig(file, lines.linePos(problem.pos[0]).line, firstLine(problem.message))
  const content = plain(file, () => document.toJS() as unknown)
  if (content === null || content === undefined)
    return { currentContext: undefined, clusters: [], users: [], contexts: [] }
  if (!isMap(content)) throw badKubeconfig(file, 1, 'it is not a kubeconfig')
  const lineOf = (at: readonly (string | number)[]): number => {
    const node = document.getIn(at, true) as { range?: [number, number, number] } | undefined
    return lines.linePos(node?.range?.[0] ?? 0).line
  }
  return shaped(file, content, lineOf)
}

/** An alias without its anchor, or one that grows without bound, only shows here. */
function plain(file: string, convert: () => unknown): unknown {
  try {
    return convert()
  } catch (error) {
    throw badKubeconfig(file, undefined, error instanceof Error ? firstLine(error.message) : String(error))
  }
}

type LineOf = (at: readonly (string | number)[]) => number

function shaped(file: string, content: Record<string, unknown>, lineOf: LineOf): ConfigFile {
  const current = content['current-context']
  if (current !== undefined && current !== null && typeof current !== 'string')
    throw badKubeconfig(file, lineOf(['current-context']), 'current-context is not a text')
  return {
    currentContext: current === null || current === '' ? undefined : current,
    clusters: entries(file, content, 'cluster', lineOf),
    users: entries(file, content, 'user', lineOf),
    contexts: entries(file, content, 'context', lineOf),
  }
}

function entries(file: string, content: Record<string, unknown>, kind: string, lineOf: LineOf): Named[] {
  const list = content[`${kind}s`]
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) throw badKubeconfig(file, lineOf([`${kind}s`]), `${kind}s is not a list`)
  return list.map((item: unknown, index) => {
    const line = lineOf([`${kind}s`, index])
    if (!isMap(item) || typeof item['name'] !== 'string')
      throw badKubeconfig(file, line, `${kind}s[${index}] has no name`)
    const fields = item[kind] ?? {}
    if (!isMap(fields)) throw badKubeconfig(file, line, `${kind} ${item['name']} is not a map`)
    return { name: item['name'], fields: absolute(fields, path.dirname(path.resolve(file))), file, line }
  })
}

function absolute(fields: Record<string, unknown>, folder: string): Record<string, unknown> {
  const resolved = Object.entries(fields).map(([key, value]) =>
    PATHS.has(key) && typeof value === 'string' && value !== '' ? [key, path.resolve(folder, value)] : [key, value],
  )
  return Object.fromEntries(resolved) as Record<string, unknown>
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw badKubeconfig(file, undefined, error instanceof Error ? error.message : String(error))
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text
}
