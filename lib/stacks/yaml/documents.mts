import { isCollection, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { Document, Tags } from 'yaml'
import { DeployError } from '../../error.mts'

/** A file of manifests, or what came over a pipe. */
export interface Source {
  name: string
  text: string
}

/** One document of a source, not looked into yet. */
export interface Read {
  /** `k8s/web.yaml:12` */
  at: string
  value: unknown
}

/**
 * The documents of a source as kubectl reads them: YAML 1.1 (`yes` is true, `0400` is 256) but for clock times and dates,
 * which stay text; JSON; empty documents left out. Throws `bad-manifest` with the line.
 */
export function documentsOf({ name, text }: Source): Read[] {
  refuseBinary(name, text)
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, {
    version: '1.1',
    customTags: kubectlTags,
    prettyErrors: false,
    lineCounter: lines,
  })
  const lineAt = (offset: number): string => `${name}:${lines.linePos(offset).line}`
  return [...documents].flatMap((document) => {
    const at = lineAt(firstOffset(document))
    refuseBroken(document, lineAt)
    const value = plain(document, at)
    return value === null || value === undefined ? [] : [{ at, value }]
  })
}

// go-yaml reads clock times (12:30:45) and dates as text although YAML 1.1 makes numbers and moments of them.
function kubectlTags(tags: Tags): Tags {
  return tags.filter((tag) => {
    if (typeof tag === 'string') return true
    const special = /:(timestamp|binary|omap|pairs|set)$/.test(tag.tag)
    return !special && !('format' in tag && tag.format === 'TIME')
  })
}

function firstOffset({ contents, range }: Document.Parsed): number {
  return contents?.range?.[0] ?? range[0]
}

function refuseBroken(document: Document.Parsed, lineAt: (offset: number) => string): void {
  const [error] = document.errors
  if (error !== undefined) throw badManifest(lineAt(error.pos[0]), error.message, hintFor(error.code))
  visit(document, {
    Pair(_, { key }) {
      // `{{ .Values.x }}` is a map within a map to YAML.
      if (isCollection(key)) throw badManifest(lineAt(key.range?.[0] ?? 0), 'a key is no text', TEMPLATE)
    },
  })
}

const TEMPLATE = 'a template has to be rendered first: helm template NAME DIR | npx zx deploy.mts --stack -'

function hintFor(code: string): string | undefined {
  if (code === 'TAB_AS_INDENT') return 'indent with spaces'
  return code === 'DUPLICATE_KEY' ? 'take one of them away' : undefined
}

/** What JSON can hold, without nulls: a server takes them as if they were not there. */
function plain(document: Document.Parsed, at: string): unknown {
  try {
    const text = JSON.stringify(document.toJS())
    return text === undefined ? undefined : JSON.parse(text, (_, value: unknown) => value ?? undefined)
  } catch (cause) {
    const says = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
    throw badManifest(at, says, undefined, cause)
  }
}

function refuseBinary(name: string, text: string): void {
  // What is no UTF-8 was decoded to the replacement character.
  if (/[\0\uFFFD]/.test(text)) throw badManifest(name, 'it is not text in UTF-8')
}

/** A manifest that cannot be used: where, why, and what to do. */
export function badManifest(at: string, why: string, next?: string, cause?: unknown): DeployError {
  const says = `Cannot use ${at}: ${why}`
  return new DeployError({ code: 'bad-manifest', says, next: next ?? `correct ${at}; nothing was written`, cause })
}
