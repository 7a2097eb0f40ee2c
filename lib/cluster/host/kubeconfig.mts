import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { Document, isMap, isSeq, parseDocument, type YAMLMap } from 'yaml'
import { DeployError } from '../../error.mts'

/** What `mergeContext` did, and what `removeContext` needs to undo it. */
export interface Merged {
  readonly file: string
  /** The context that was current in that file before. */
  readonly previous?: string
  /** There was no such file before. */
  readonly created?: true
}

/** The files that kubectl reads here: those in KUBECONFIG, or ~/.kube/config. */
export function kubeconfigFiles(env: NodeJS.ProcessEnv = process.env): string[] {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  return listed.length > 0 ? listed : [join(env['HOME'] || homedir(), '.kube/config')]
}

/** The file that a new context goes into, by kind's rule: the first that exists, otherwise the last that is named. */
export function fileToMerge(env: NodeJS.ProcessEnv = process.env): string {
  const files = kubeconfigFiles(env)
  return files.find((file) => existsSync(file)) ?? (files.at(-1) as string)
}

/** All contexts that kubectl would see, and the current one. Files that cannot be read count as empty. */
export function readContexts(env: NodeJS.ProcessEnv = process.env): { contexts: string[]; current?: string } {
  const documents = documentsOf(kubeconfigFiles(env))
  const contexts = documents.flatMap((document) => names(document, 'contexts'))
  const current = documents.map((document) => currentOf(document)).find((name) => name !== undefined)
  return { contexts, ...(current !== undefined && { current }) }
}

/** Throws `bad-kubeconfig` where a context cannot be added to a file; a file that is not there is no hindrance. */
export function refuseBroken(file: string): void {
  open(file)
}

/** Whether a kubeconfig file still speaks of a context, in whatever place. */
export function mentions(file: string, context: string): boolean {
  const documents = documentsOf([file])
  const lists = ['clusters', 'users', 'contexts'] as const
  return documents.some((one) => currentOf(one) === context || lists.some((list) => names(one, list).includes(context)))
}

/** Adds the one context of a kubeconfig text to a file, or replaces it there, and makes it the current one. */
export function mergeContext(file: string, own: string): Merged {
  const created = !existsSync(file)
  const document = open(file)
  const added = parseDocument(own)
  const name = currentOf(added) as string
  const previous = currentOf(document)
  for (const list of ['clusters', 'users', 'contexts']) {
    const entry = (added.get(list) as { items: YAMLMap[] }).items[0]
    dropEntry(document, list, name)
    if (!isSeq(document.get(list))) document.set(list, document.createNode([]))
    document.addIn([list], document.createNode(entry?.toJSON()))
  }
  document.set('current-context', name)
  save(file, document)
  return { file, ...(previous !== undefined && previous !== name && { previous }), ...(created && { created }) }
}

/**
 * Takes a context out again, with its cluster and its user. The context that was current before is current again,
 * unless the operator has chosen another one meanwhile or it is gone. A file that was made for us is removed.
 */
export function removeContext({ file, previous, created }: Merged, name: string): void {
  if (!existsSync(file)) return
  const document = open(file)
  for (const list of ['clusters', 'users', 'contexts']) dropEntry(document, list, name)
  if (currentOf(document) === name) {
    if (previous !== undefined && names(document, 'contexts').includes(previous)) {
      document.set('current-context', previous)
    } else document.delete('current-context')
  }
  if (created && isEmpty(document)) rmSync(file)
  else save(file, document)
}

function documentsOf(files: readonly string[]): Document[] {
  return files.flatMap((file) => {
    const document = existsSync(file) ? parseDocument(readFileSync(file, 'utf8')) : undefined
    return document !== undefined && document.errors.length === 0 && isMap(document.contents) ? [document] : []
  })
}

function open(file: string): Document {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const document = parseDocument(text)
  const broken =
    document.errors[0]?.message ?? (isBlank(document) || isMap(document.contents) ? undefined : 'not a map')
  if (broken !== undefined) {
    throw new DeployError({
      code: 'bad-kubeconfig',
      says: `Cannot add a context to ${file}: ${broken.split('\n')[0]}`,
      next: `repair ${file}, or set KUBECONFIG to another file`,
    })
  }
  return isBlank(document) ? new Document({ apiVersion: 'v1', kind: 'Config' }) : document
}

function isBlank(document: Document): boolean {
  return document.contents === null || document.toJS() === null
}

function isEmpty(document: Document): boolean {
  return ['clusters', 'users', 'contexts'].every((list) => names(document, list).length === 0)
}

function names(document: Document, list: string): string[] {
  const items = document.get(list)
  return isSeq(items) ? items.items.flatMap((item) => (isMap(item) ? String(item.get('name')) : [])) : []
}

function currentOf(document: Document): string | undefined {
  const name = document.get('current-context')
  return typeof name === 'string' && name !== '' ? name : undefined
}

function dropEntry(document: Document, list: string, name: string): void {
  const items = document.get(list)
  if (isSeq(items)) items.items = items.items.filter((item) => !(isMap(item) && item.get('name') === name))
}

/** Whole or not at all, and readable for its owner only, like kubectl writes it. */
function save(file: string, document: Document): void {
  mkdirSync(dirname(file), { recursive: true })
  const target = existsSync(file) ? realpathSync(file) : file
  writeFileSync(`${target}.landfall`, document.toString({ lineWidth: 0 }), { mode: 0o600 })
  renameSync(`${target}.landfall`, target)
}
