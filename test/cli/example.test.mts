import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { CHOICES, knownFor, type Known } from '../../lib/settings/known.mts'
import { shapeAt, type Path } from '../../lib/settings/shape.mts'
import { pathOf, variableOf } from '../../lib/settings/variables.mts'
import { loadStack } from '../../lib/stacks/load.mts'
import { settingsOf } from './world.mts'

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
const lines = text.split('\n').flatMap((line) => {
  const [, comment = '', name = '', value = ''] = /^(# )?(LANDFALL_[A-Z_]+)=(.*)$/.exec(line) ?? []
  return name === '' ? [] : [{ state: comment === '' ? 'demo' : 'production', name, value }]
})

/** Whether one variable can hold what the setting takes: a list of objects and free YAML need a values file. */
function isText(known: Known, path: Path): boolean {
  const shape = shapeAt(known.shape, path)
  return shape?.kind === 'leaf' && !shape.types.has('any') && shape.items?.kind !== 'group'
}

suite('.env.example', () => {
  test('.env.example names settings that exist, and each of them', async () => {
    const known = knownFor(await loadStack('reactbin'))
    const named = new Set<string>()
    for (const { name } of lines) {
      if ((CHOICES as readonly string[]).includes(name)) continue
      assert.ok(pathOf(name, known.leaves), `${name} sets nothing`)
      for (const leaf of known.leaves) if (pathOf(name, [leaf])) named.add(variableOf(leaf))
    }
    const missing = known.leaves.filter((leaf) => isText(known, leaf) && !named.has(variableOf(leaf)))
    assert.deepEqual(missing.map(variableOf), [])
  })

  test('.env.example as it stands is enough for a deploy of the demo', async () => {
    const files = { '.env': text, '.demo/ca.crt': 'PEM' }
    const { own, common, secrets } = await settingsOf(['--tag', 'abc'], { files })
    assert.equal((own as { domain: string }).domain, 'reactbin.localhost')
    assert.equal(common.edge.caFile, '.demo/ca.crt')
    assert.deepEqual(secrets, [])
  })

  test("production's values in .env.example can be used", async () => {
    const production = lines.filter(({ state }) => state === 'production')
    const env = Object.fromEntries(production.map(({ name, value }) => [name, value]))
    const files = { '/etc/ssl/acme-ca.pem': 'PEM' }
    const { rows } = await settingsOf(['--print-settings'], { env, files })
    const set = new Set(rows.map(({ source }) => source.replace(' in the environment', '')))
    assert.deepEqual(
      production.map(({ name }) => name).filter((name) => !set.has(name)),
      [],
    )
  })

  test('no two settings have the same variable', async () => {
    const known = knownFor(await loadStack('reactbin'))
    const variables = known.leaves.map(variableOf)
    assert.equal(new Set(variables).size, variables.length)
  })
})
