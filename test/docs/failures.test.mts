import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { CODES } from '../../lib/error.mts'

const page = readFileSync(new URL('../../docs/failures.md', import.meta.url), 'utf8')

/** `### code` and the exit that the line below it begins with. */
const sections = [...page.matchAll(/^### (\S+)\n(?:Exit (\d+))?/gm)].map(([, code = '', exit]) => [code, Number(exit)])

suite('docs/failures.md', () => {
  test('failures.md has a section for every code, with its exit', () => {
    assert.deepEqual(Object.fromEntries(sections), CODES)
  })

  test('failures.md has no code twice', () => {
    assert.equal(new Set(sections.map(([code]) => code)).size, sections.length)
  })

  test('failures.md leads nowhere that is not there', () => {
    const anchors = new Set(sections.map(([code]) => code))
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor)
    assert.deepEqual(
      links.filter((anchor) => !anchors.has(anchor)),
      [],
    )
  })
})
