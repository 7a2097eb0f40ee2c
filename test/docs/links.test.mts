import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite, test } from 'node:test'
import { anchorsOf, PAGES, pageAt, proseOf, type Page } from './pages.mts'

/** What is wrong with the relative links of a page. */
function brokenLinks(page: Page): string[] {
  const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target)).filter((target) => !leadsSomewhere(page, target))
}

function leadsSomewhere(page: Page, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = posix.join(posix.dirname(page.path), path)
  if (path !== '' && !existsSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)))) return false
  return anchor === undefined || anchorsOf(path === '' ? page : pageAt(file)).includes(anchor)
}

suite('links', () => {
  for (const page of PAGES)
    test(`${page.path} leads nowhere that is not there`, () => assert.deepEqual(brokenLinks(page), []))

  test('brokenLinks() finds a missing file, a missing anchor, and no link in code', () => {
    const text = '# A b\n[x](gone.md) [y](#a-b) [z](#gone) [u](https://example.com) `[v](w.md)`\n\n    [c](d.md)\n'
    assert.deepEqual(brokenLinks({ path: 'docs/none.md', text }), ['gone.md', '#gone'])
  })

  test('anchorsOf() numbers what stands twice and drops punctuation', () => {
    const anchors = anchorsOf({ path: 'docs/none.md', text: '# `up`, then "down"\n## Once\n## Once\n' })
    assert.deepEqual(anchors, ['up-then-down', 'once', 'once-1'])
  })
})
