import type { Page } from './pages.mts'

/** A command line of landfall that a document shows. */
export interface Shown {
  /** As it stands there. */
  line: string
  /** `deploy.mts`, or the path of another script. */
  script: string
  args: readonly string[]
}

const START = /(?:^|[|&;(] *|: )(?:[A-Z_]+=\S* +)*npx zx ((?:\S+\/)?[\w-]+\.mts)\b/

/**
 * Every `npx zx SCRIPT.mts …` of a page: at the beginning of a line of code (behind a pipe or `&&` too), or as a span of
 * code in a sentence. What follows a sentence's own words in a transcript is not one.
 */
export function shownIn({ text }: Page): Shown[] {
  const joined = text.replaceAll(/\\\n\s*/g, ' ')
  const lines = [...joined.matchAll(/^(?: {4,}|\t)(?:\$ )?(\S.*)$/gm)].map(([, line = '']) => line)
  const fenced = [...joined.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].flatMap(([, body = '']) => body.split('\n'))
  const spans = [...joined.matchAll(/`([^`\n]*)`/g)].map(([, span = '']) => span)
  return [...lines.filter((line) => !/^[^|&]*: npx/.test(line)), ...fenced, ...spans].flatMap(shownInLine)
}

/** The commands of one line; `run: npx zx …` of a workflow too. */
export function shownInLine(line: string): Shown[] {
  return line.split(/\s(?:&&|\|\||[|;])\s/).flatMap((part) => {
    const found = START.exec(part.trim())
    if (found === null) return []
    const args = words(part.trim().slice(found.index + found[0].length))
    return [{ line: part.trim(), script: found[1] ?? '', args }]
  })
}

/** A shell's words: quotes, a comment behind white space, a redirection. Variables stay as they are. */
function words(text: string): string[] {
  const pieces = text.matchAll(/\s+(#.*$|\d?>.*$)|\s*((?:'[^']*'|"[^"]*"|\$\{\{.*?\}\}|[^\s'"])+)/g)
  return [...pieces].flatMap(([, , word]) =>
    word === undefined ? [] : [word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2')],
  )
}
