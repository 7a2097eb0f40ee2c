import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { withoutSecretData } from '../../../lib/deploy/release.mts'
import { DeployError } from '../../../lib/error.mts'
import type { Secret } from '../../../lib/kube/schema/types.mts'
import { Redacted } from '../../../lib/report/redact.mts'
import { filesOf, streamOf } from '../../../lib/stacks/files.mts'
import { environmentSecret, fromEnvironment, sourcesOf, withSecretData } from '../../../lib/stacks/parts/secret.mts'
import { web } from '../../deploy/world.mts'

const CANARY = 'c4n4ry-of-the-database'
const VALUES: Readonly<Record<string, string>> = { DATABASE_URL: CANARY, SHOP_TOKEN: 'töken/with=all' }
const read = (variable: string) => (VALUES[variable] === undefined ? undefined : new Redacted(VALUES[variable]))

const desired = web(
  environmentSecret('api-env', { DATABASE_URL: fromEnvironment('DATABASE_URL'), TOKEN: fromEnvironment('SHOP_TOKEN') }),
)

function secretIn({ components }: typeof desired): Secret {
  return components.flatMap(({ objects }) => objects).find(({ kind }) => kind === 'Secret') as Secret
}

suite('environmentSecret()', () => {
  test('environmentSecret() is rendered without data, with the names of the variables', () => {
    const secret = secretIn(desired)
    assert.equal(secret.data, undefined)
    assert.deepEqual(sourcesOf(secret), [
      { key: 'DATABASE_URL', variable: 'DATABASE_URL' },
      { key: 'TOKEN', variable: 'SHOP_TOKEN' },
    ])
  })

  test('withSecretData() fills the Secret for the request that sends it', () => {
    const { data = {} } = secretIn(withSecretData(desired, read))
    const plain = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])
    assert.deepEqual(plain, [
      ['DATABASE_URL', CANARY],
      ['TOKEN', 'töken/with=all'],
    ])
  })

  test('withSecretData() leaves files, the digest and the record without any value', () => {
    const filled = withSecretData(desired, read)
    assert.equal(filled.digest, desired.digest)
    const files = streamOf(filesOf(desired, { environment: 'production', settings: 'operator' }))
    for (const text of [files, JSON.stringify(withoutSecretData(filled))]) {
      assert.ok(text.includes('api-env') && text.includes('SHOP_TOKEN'))
      assert.ok(!text.includes(CANARY) && !text.includes(Buffer.from(CANARY).toString('base64')))
    }
  })

  test('withSecretData() names every variable that is not set, and fills nothing by half', () => {
    const refused = (values: Record<string, string>) => {
      try {
        withSecretData(desired, (variable) => (variable in values ? new Redacted(values[variable] ?? '') : undefined))
      } catch (error) {
        return error instanceof DeployError ? [error.code, ...error.evidence] : ['another error']
      }
      return ['nothing refused']
    }
    assert.deepEqual(refused({}), [
      'secret-missing',
      'DATABASE_URL (key DATABASE_URL of Secret api-env)',
      'SHOP_TOKEN (key TOKEN of Secret api-env)',
    ])
    assert.deepEqual(refused({ DATABASE_URL: CANARY, SHOP_TOKEN: '' }), [
      'secret-missing',
      'SHOP_TOKEN (key TOKEN of Secret api-env)',
    ])
  })
})
