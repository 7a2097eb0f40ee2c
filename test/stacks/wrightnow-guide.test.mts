import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import core from '../../examples/wrightnow/core.mts'
import { commonSettings } from '../../lib/stacks/common.mts'
import { defaultInput } from '../../lib/stacks/defaults.mts'
import { render } from '../../lib/stacks/render.mts'
import { anchorsOf, pageAt } from '../docs/pages.mts'
import { find, namesOf } from './rendered.mts'
import { wrightnowIn } from './wrightnow.mts'

const PLACEHOLDERS = ['staging-core', 'staging-ai', 'staging-web'] as const

suite('the guide for services to come', () => {
  const local = wrightnowIn('local')
  const own = core.settings.parse({ host: 'localhost' })
  const service = render(core, { environment: 'local', tags: { core: '1.0.0' }, common: commonSettings.parse({}), own })

  test('WN-08 each placeholder namespace names a section that is there', () => {
    for (const name of PLACEHOLDERS) {
      const guide = find(local, `Namespace/${name}`).metadata.annotations?.['wrightnow.dev/guide'] ?? ''
      const [path = '', anchor = ''] = guide.split('#')
      assert.ok(anchorsOf(pageAt(path)).includes(anchor), guide)
    }
  })

  test('WN-08 the example fills its namespace from one file, with an Ingress of its own on the shared host', () => {
    assert.equal(service.home, 'staging-core')
    assert.deepEqual(namesOf(service), ['Namespace/staging-core', 'Deployment/core', 'Service/core', 'Ingress/core'])
    const [ours, theirs] = [find(service, 'Ingress/core'), find(local, 'Ingress/authentik')]
    assert.equal(ours.metadata.namespace, 'staging-core')
    assert.equal(ours.spec?.rules?.[0]?.host, theirs.spec?.rules?.[0]?.host)
    assert.equal(ours.spec?.rules?.[0]?.http?.paths[0]?.path, '/api/')
  })

  test('WN-08 it says nothing of its namespace, whose labels stay those of wrightnow', () => {
    const { labels, annotations } = find(service, 'Namespace/staging-core').metadata
    assert.deepEqual([Object.keys(labels ?? {}), annotations], [['landfall.dev/stack'], undefined])
  })

  test('WN-08 it takes a presets environment like any stack', () => {
    const staging = render(core, defaultInput(core, 'staging'))
    assert.equal(find(staging, 'Ingress/core').spec?.tls?.[0]?.secretName, 'wrightnow-tls')
  })

  test('WN-12 README has the section, and it leads to the page', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
    assert.match(readme, /^## Local development with Kubernetes$[^#]*\(docs\/wrightnow\.md\)/m)
  })
})
