import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { DeployError } from '../../lib/error.mts'
import { defaultInput, environmentsOf } from '../../lib/stacks/defaults.mts'
import { hello } from './toy.mts'

suite('defaultInput()', () => {
  test('defaultInput() layers the preset over the defaults, common settings and own ones alike', () => {
    const presets = {
      ...hello,
      environments: { local: { replicas: 1, podSecurity: 'baseline' as const }, production: {} },
    }
    const { own, common, tags } = defaultInput(presets, 'local')
    assert.deepEqual(own, { domain: 'hello.acme.dev', replicas: 1 })
    assert.equal(common.podSecurity, 'baseline')
    assert.deepEqual(tags, { web: 'replace-me' })
    assert.equal(defaultInput(presets, 'production').own.replicas, 2)
    assert.deepEqual(environmentsOf(presets), ['local', 'production'])
  })

  test('defaultInput() without presets is production alone', () => {
    assert.deepEqual(environmentsOf(hello), ['production'])
    assert.throws(
      () => defaultInput(hello, 'prod'),
      (error) =>
        error instanceof DeployError &&
        error.code === 'bad-setting' &&
        /prod\b.*production/.test(`${error.message} ${error.next}`),
    )
  })

  test('defaultInput() names the setting of a preset that cannot be', () => {
    const wrong = { ...hello, environments: { local: { replicas: 0 } } }
    assert.throws(
      () => defaultInput(wrong, 'local'),
      (error) =>
        error instanceof DeployError && error.code === 'broken-stack' && /local of hello: replicas/.test(error.message),
    )
  })
})
