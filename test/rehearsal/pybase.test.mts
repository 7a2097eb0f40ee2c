import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inOwnFolder } from '../deploy/folder.mts'
import { playDrill } from './drilled.mts'

const ELSEWHERE = [
  'externalServices.databaseUrl=postgresql://pybase@db.acme.internal:5432/pybase',
  'externalServices.redisUrl=rediss://default@cache.acme.internal:6379/0',
  's3.endpointUrl=https://s3.acme.internal',
  'meilisearch.host=https://search.acme.internal',
]

function pybase(...args: string[]) {
  return playDrill('', { args: ['--stack', 'pybase', ...args] })
}

describe('pybase in rehearsal', { concurrency: 4 }, () => {
  inOwnFolder()

  test('PB-04 PB-12 production with its data here and its Secret from Vault is proven', async () => {
    const { error, said } = await pybase('--tag', '1.4.0', '--set', 'secrets=vault')
    assert.equal(error, undefined, `${error?.stack}\n${said}`)
    assert.match(said, /release 1 proven in [\d.]+ s of 120 s/)
    assert.match(said, /bucket +completed/)
    for (const app of ['api', 'extraction-worker', 'search-worker', 'frontend'])
      assert.match(said, new RegExp(`✔ ${app} +2/2`))
  })

  test('PB-04 PB-12 development with its data elsewhere and its Secret from the operator’s variables is proven', async () => {
    const settings = ELSEWHERE.flatMap((one) => ['--set', one])
    const { error, said } = await pybase('--tag', '1.4.0', '--env', 'development', ...settings)
    assert.equal(error, undefined, `${error?.stack}\n${said}`)
    assert.match(said, /✔ api +1\/1/)
    assert.doesNotMatch(said, /statefulset|persistentvolumeclaim|(postgres|redis|minio|meilisearch) +(1|bound)/)
  })

  test('a migration that fails ends with migration-failed and its own words', async () => {
    const { error } = await pybase('--tag', '1.6.0')
    assert.equal(error?.code, 'migration-failed')
    assert.match(error.message, /relation "authors" does not exist/)
  })

  test('a tag that is in no registry ends with image-missing', async () => {
    const { error } = await pybase('--tag', '1.4.0', '--tag', 'frontend=nope')
    assert.equal(error?.code, 'image-missing')
    assert.match(error.message, /pybase-frontend:nope/)
  })
})
