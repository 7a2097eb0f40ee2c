import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { validate } from '../../lib/kube/validate.mts'
import { render } from '../../lib/stacks/render.mts'
import { loadStack } from '../../lib/stacks/load.mts'
import type { Desired } from '../../lib/stacks/stack.mts'
import { noCommon } from '../stacks/rendered.mts'
import { folderOf } from './folder.mts'
import { outline } from './plain.mts'

const PAGE = readFileSync(new URL('../../docs/your-own-stack.md', import.meta.url), 'utf8')
const STEPS = [...PAGE.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)
const LIBRARY = new URL('../../lib/mod.mts', import.meta.url).href

/** The page's file as a stack file, rendered with what its rehearsal says. */
async function rendered(code: string): Promise<Desired> {
  using folder = folderOf()
  const text = code
    .replaceAll("'landfall'", `'${LIBRARY}'`)
    .replace("'zod'", `'${import.meta.resolve('zod')}'`)
    .replace('await deploy(shop)', 'export default shop')
  const stack = await loadStack(folder.write('shop.mts', text))
  const own = stack.settings.parse(stack.rehearsal)
  return render(stack, { environment: 'production', tags: { web: '1.0' }, common: noCommon(), own })
}

suite('docs/your-own-stack.md', () => {
  const wanted = [
    ['web: Deployment web, Service web', 'edge: Ingress shop'],
    ['db: StatefulSet db, Service db', 'web: Deployment web, Service web < db', 'edge: Ingress shop'],
    [
      'db: StatefulSet db, Service db',
      'store: StatefulSet store, Service store',
      'bucket: Job bucket < store',
      'web: Deployment web, Service web < db, bucket',
      'edge: Ingress shop',
    ],
  ]

  test('docs/your-own-stack.md has one whole file a step', () => assert.equal(STEPS.length, wanted.length))

  for (const [place, components] of wanted.entries())
    test(`docs/your-own-stack.md shows a file in step ${place + 1} that renders to objects a server takes`, async () => {
      const code = STEPS[place] ?? ''
      assert.ok(code.trimEnd().endsWith('await deploy(shop)'))
      const desired = await rendered(code)
      assert.deepEqual(outline(desired), ['namespace: Namespace shop', ...components])
      const complaints = desired.components.flatMap(({ objects }) => objects.flatMap((object) => validate(object)))
      assert.deepEqual(complaints, [])
    })
})
