import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A document of the repository: its path from the root, and its text. */
export interface Page {
  path: string
  text: string
}

/** The README and every page of docs/. */
export const PAGES: readonly Page[] = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })].sort().map(pageAt)

/** The workflows in docs/ci. */
export const WORKFLOWS: readonly Page[] = globSync('docs/ci/*.yml', { cwd: ROOT }).sort().map(pageAt)

export function pageAt(path: string): Page {
  return { path, text: readFileSync(ROOT + path, 'utf8') }
}

/** Fenced blocks of one language, each with its first line's comment as name: `# eks.yaml`. */
export function blocksOf({ text }: Page, language: string): { name: string; body: string }[] {
  const fences = text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)
  return [...fences]
    .filter(([, tongue]) => tongue === language)
    .map(([, , body = '']) => ({ name: /^# (\S+)\n/.exec(body)?.[1] ?? '', body }))
}

/** The text without blocks and spans of code: what may hold links. */
export function proseOf({ text }: Page): string {
  return text
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/^ {4,}.*$/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')
}

/** Anchors as GitHub makes them of headings; the second of a name gets `-1`. */
export function anchorsOf({ text }: Page): string[] {
  const seen = new Map<string, number>()
  return [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  })
}
