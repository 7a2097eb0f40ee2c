/** The candidate that was probably meant: a slip of about one letter in three, letter case not counted. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase()
  let best: { candidate: string; slips: number } | undefined
  for (const candidate of candidates) {
    const slips = distance(wanted, candidate.toLowerCase())
    if (slips <= tolerated(wanted, candidate) && slips < (best?.slips ?? Infinity)) best = { candidate, slips }
  }
  return best?.candidate
}

function tolerated(wanted: string, candidate: string): number {
  return Math.max(1, Math.floor(Math.min(wanted.length, candidate.length) / 3))
}

/** Edits between two words: insert, delete, replace, or swap of neighbours, one each. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const line = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      line[column] = Math.min(
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + same,
        swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      )
    }
    before = above
    above = line
  }
  return above[b.length] ?? 0
}
