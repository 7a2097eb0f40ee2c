import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { shownIn } from './commands.mts'
import { PAGES } from './pages.mts'
import { refusals } from './refused.mts'

suite('commands', () => {
  for (const page of PAGES)
    test(`${page.path} shows only commands that are taken`, async () =>
      assert.deepEqual(await refusals(shownIn(page)), []))

  test('refusals() finds a flag, a script, a stack setting and a word that landfall does not take', async () => {
    const text = `
    npx zx deploy.mts --tga abc      # a comment
    npx zx deplyo.mts
    helm template x | npx zx deploy.mts --stack - --yes
    npx zx deploy.mts --stack reactbin --set domian=x.acme.dev
    npx zx verify.mts --stack reactbin --env nowhere && npx zx deploy.mts now
    said by a transcript: npx zx rollback.mts takes it away
Also \`npx zx cluster.mts upp\`, and \`npx zx deploy.mts --set 'a=b c' -o json\`.
`
    const found = await refusals(shownIn({ path: 'docs/none.md', text }))
    assert.equal(found.length, 7, found.join('\n'))
    assert.match(found.join('\n'), /tga[^]*deplyo[^]*--yes[^]*domian[^]*nowhere[^]*argument now[^]*upp/)
  })
})
