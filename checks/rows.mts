/** The requirements of the systems that are built, by id; what each asks for stands in docs/coverage.md. */
export const ROWS: readonly string[] = [
  ...numbered('LF', 8),
  ...numbered('RB', 31),
  ...numbered('PB', 13),
  ...numbered('YB', 22),
  ...numbered('WN', 12),
]

function numbered(prefix: string, last: number): string[] {
  return Array.from({ length: last }, (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`)
}
