import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { Redacted, Redactor } from '../../lib/report/redact.mts'

const SECRET = `tr0ub4dor$'"\\ %&#@/:&3-ümlaut`
const KEY = [
  '-----BEGIN PRIVATE KEY-----',
  'MIIEvQIBADANBgkqhkiG9w0B',
  'AQEFAASCBKcwggSjAgEAAoIB',
  '-----END PRIVATE KEY-----',
].join('\n')

function knowing(...secrets: string[]): Redactor {
  const redactor = new Redactor()
  for (const secret of secrets) redactor.learn(secret)
  return redactor
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const percent = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)

const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => `password is ${secret}!`,
  'in base64': (secret) => `data: ${base64(secret)}`,
  'in base64 without padding': (secret) => base64(secret).replaceAll('=', ''),
  'in the URL alphabet of base64': (secret) => Buffer.from(secret).toString('base64url'),
  'in base64 of basic authentication': (secret) => `Authorization: Basic ${base64(`me:${secret}`)}`,
  'in base64 of a text that goes on': (secret) => base64(`a=${secret}\nb=1`),
  'in base64 of base64': (secret) => base64(base64(secret)),
  'in hexadecimal': (secret) => Buffer.from(secret).toString('hex'),
  'in a URL': (secret) => `postgres://me:${encodeURIComponent(secret)}@db/app`,
  'in a URL by a stricter encoder': (secret) => percent(secret),
  'in a query': (secret) => new URLSearchParams({ secret }).toString(),
  'in JSON': (secret) => JSON.stringify({ secret }),
  'in JSON within JSON': (secret) => JSON.stringify({ body: JSON.stringify({ secret }) }),
  'in JSON of ASCII only': (secret) => JSON.stringify(secret).replaceAll('ü', String.raw`\u00fc`),
  'in YAML': (secret) => stringify({ secret }, { lineWidth: 0 }),
  'in single-quoted YAML': (secret) => `'${secret.replaceAll("'", "''")}'`,
  "in a shell's quotes": (secret) => `'${secret.replaceAll("'", String.raw`'\''`)}'`,
  "in Python's repr": (secret) => `'${secret.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`,
}

suite('Redactor', () => {
  for (const [where, form] of Object.entries(FORMS))
    test(`Redactor.scrub() takes a secret out ${where}`, () => {
      const scrubbed = knowing(SECRET).scrub(form(SECRET))
      assert.match(scrubbed, /\*\*\*/)
      // Three bytes at either end of base64 may be shared with what stands beside them.
      for (const text of [scrubbed, Buffer.from(scrubbed, 'base64').toString(), decode(scrubbed)])
        assert.doesNotMatch(text, /tr0ub4|dor\$|3-ü/)
    })

  test('Redactor.scrub() takes each line of a key out, but not its banner', () => {
    const redactor = knowing(KEY)
    assert.equal(redactor.scrub('at MIIEvQIBADANBgkqhkiG9w0B:'), 'at ***:')
    assert.equal(redactor.scrub('-----BEGIN PRIVATE KEY-----'), '-----BEGIN PRIVATE KEY-----')
    assert.equal(redactor.scrub(JSON.stringify(KEY)), '"***"')
  })

  test('Redactor.scrub() takes the password of a URL out where it stands alone, encoded or not', () => {
    const redactor = knowing('postgresql://app:hunter2%40x@db:5432/app')
    assert.equal(
      redactor.scrub('password authentication failed: hunter2@x, hunter2%40x'),
      'password authentication failed: ***, ***',
    )
    assert.equal(redactor.scrub('cannot reach db:5432'), 'cannot reach db:5432')
  })

  test('Redactor.scrub() takes a secret that holds another one out as a whole', () => {
    assert.equal(knowing('abcd', 'abcd-efgh').scrub('x abcd-efgh abcd y'), 'x *** *** y')
  })

  test('Redactor.learn() leaves what is too short, a plain address and what settings make public', () => {
    const redactor = new Redactor()
    redactor.spare('reactbin')
    for (const value of ['1', 'yes', 'reactbin', 'https://reactbin.localhost', 'http://minio.reactbin.svc:9000'])
      redactor.learn(value)
    const text = '1 yes reactbin https://reactbin.localhost/api http://minio.reactbin.svc:9000'
    assert.equal(redactor.scrub(text), text)
  })

  test('Redactor.onLearned() tells what is known and what is learned later, once each', () => {
    const told: string[] = []
    const redactor = knowing('first-secret')
    redactor.onLearned((value) => told.push(value))
    redactor.learn('second-secret')
    redactor.learn('second-secret')
    assert.deepEqual(told, ['first-secret', 'second-secret'])
  })

  test('Redactor.scrub() leaves no secret of any characters in text, JSON, URLs or base64', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 6, maxLength: 40 }), (secret) => {
        fc.pre(!/^[*\s]+$/.test(secret) && Buffer.from(secret).toString() === secret)
        const redactor = knowing(secret)
        for (const text of [secret, JSON.stringify(secret), encodeURIComponent(secret), base64(secret)]) {
          const bare = text.startsWith('"') ? text.slice(1, -1) : text
          assert.ok(!redactor.scrub(`<${text}>`).includes(bare) || /^https?:/.test(secret), redactor.scrub(text))
        }
      }),
    ))
})

suite('Redacted', () => {
  test('Redacted never shows its value by itself', () => {
    const secret = new Redacted('hunter22')
    for (const text of [String(secret), JSON.stringify({ secret }), inspect({ secret }), stringify({ secret })])
      assert.doesNotMatch(text, /hunter22/)
    assert.equal(secret.reveal(), 'hunter22')
  })
})

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
