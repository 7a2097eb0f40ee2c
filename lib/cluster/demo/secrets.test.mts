import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoDatabaseUrl, fillSecrets, fillYabSecrets } from './secrets.mts'

const nothing = { postgres: undefined, apiEnv: undefined, minioCredentials: undefined }

test('fillSecrets() gives api-env every key that reactbin needs, none of them empty', () => {
  const { apiEnv } = fillSecrets(nothing)
  const keys = 'DATABASE_URL JWT_SECRET_KEY OWNER_USERNAME OWNER_PASSWORD S3_ENDPOINT_URL S3_BUCKET_NAME'
  const more = 'S3_ACCESS_KEY_ID S3_SECRET_ACCESS_KEY API_BASE_URL'
  assert.deepEqual(Object.keys(apiEnv).sort(), `${keys} ${more}`.split(' ').sort())
  assert.ok(Object.values(apiEnv).every((value) => value !== ''))
})

test('fillSecrets() changes nothing where everything is there', () => {
  const first = fillSecrets(nothing)
  assert.deepEqual(fillSecrets(first), first)
})

test('fillSecrets() makes other passwords each time', () => {
  const [one, two] = [fillSecrets(nothing), fillSecrets(nothing)]
  assert.notEqual(one.minioCredentials['MINIO_ROOT_PASSWORD'], two.minioCredentials['MINIO_ROOT_PASSWORD'])
  assert.notEqual(one.postgres['POSTGRES_PASSWORD'], two.postgres['POSTGRES_PASSWORD'])
})

test('fillSecrets() keeps the storage keys of both Secrets alike when one of them is lost', () => {
  const first = fillSecrets(nothing)
  assert.deepEqual(fillSecrets({ ...first, minioCredentials: undefined }).minioCredentials, first.minioCredentials)
  const again = fillSecrets({ ...first, apiEnv: undefined }).apiEnv
  assert.equal(again['S3_SECRET_ACCESS_KEY'], first.minioCredentials['MINIO_ROOT_PASSWORD'])
  assert.equal(again['DATABASE_URL'], first.apiEnv['DATABASE_URL'])
})

test('fillSecrets() puts a lost key back and leaves an edited one alone', () => {
  const { apiEnv, ...others } = fillSecrets(nothing)
  const { JWT_SECRET_KEY: _, ...rest } = apiEnv
  const again = fillSecrets({ ...others, apiEnv: { ...rest, OWNER_USERNAME: 'somebody' } }).apiEnv
  assert.ok(again['JWT_SECRET_KEY'])
  assert.equal(again['OWNER_USERNAME'], 'somebody')
})

test('fillSecrets() makes a MinIO password that only careful quoting survives', () => {
  const password = fillSecrets(nothing).minioCredentials['MINIO_ROOT_PASSWORD'] ?? ''
  assert.deepEqual(
    `$'"\\ %&#@/:`.split('').filter((character) => !password.includes(character)),
    [],
  )
})

test('demoDatabaseUrl() escapes what a URL cannot carry', () => {
  const url = demoDatabaseUrl({ POSTGRES_USER: 'me', POSTGRES_PASSWORD: 'dummy/b@c', POSTGRES_DB: 'data' })
  assert.equal(url, 'postgresql://me:dummy%2Fb%40c@postgres.postgres.svc.cluster.local:5432/data')
})

test('fillYabSecrets() names the database of yab, and changes nothing where everything is there', () => {
  const first = fillYabSecrets({ postgres: undefined, apiEnv: undefined })
  assert.match(first.apiEnv['DATABASE_URL'] ?? '', /^postgresql:\/\/yab:.+@postgres\.yab-postgres\.svc\..+\/yab$/)
  assert.deepEqual(fillYabSecrets(first), first)
})
