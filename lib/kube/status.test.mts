import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import {
  conflictsOf,
  isAlreadyExists,
  isConflict,
  isFieldConflict,
  isForbidden,
  isGone,
  isLostAnswer,
  isMissingKind,
  isWebhookDown,
  KubeError,
  LostAnswer,
  statusOf,
} from './status.mts'

interface Recorded {
  name: string
  code: string
  act: string
  status: number
  body: unknown
}

// What a real API server answered to the refused rows of test/corpus.
const REFUSALS = JSON.parse(
  readFileSync(new URL('../../test/fixtures/kube/refusals.json', import.meta.url), 'utf8'),
) as Recorded[]

function errorOf({ act, status, body }: Pick<Recorded, 'act' | 'status' | 'body'>): KubeError {
  return new KubeError({ act, status, body: typeof body === 'string' ? body : JSON.stringify(body) })
}

function recorded(name: string): KubeError {
  const found = REFUSALS.find((one) => one.name === name)
  assert.ok(found !== undefined, name)
  return errorOf(found)
}

describe('KubeError', () => {
  for (const one of REFUSALS) {
    test(`has code ${one.code} for ${one.name}`, () => {
      const error = errorOf(one)
      assert.equal(error.code, one.code)
      assert.ok(error.message.startsWith(`Cannot ${one.act}: `))
      assert.ok(error.next.length > 10)
      assert.ok(!error.message.includes('\n'))
    })
  }

  for (const [what, status, body, code] of [
    ['a plain 404, which no kind has a path for', 404, '404 page not found', 'crd-missing'],
    ['a broken server', 500, 'panic', 'server-error'],
    ['an internal error', 500, { kind: 'Status', reason: 'InternalError', message: 'etcd' }, 'server-error'],
    ['too many requests', 429, { kind: 'Status', reason: 'TooManyRequests', message: 'slow down' }, 'server-error'],
    ['a gateway', 502, '<html>bad gateway</html>', 'server-error'],
    [
      'a webhook that denies',
      400,
      { kind: 'Status', message: 'admission webhook "a.b" denied the request: no' },
      'admission',
    ],
    ['a 403 of a proxy', 403, '<html>cannot pass</html>', 'forbidden'],
  ] as const) {
    test(`has code ${code} for ${what}`, () => {
      assert.equal(errorOf({ act: 'x', status, body }).code, code)
    })
  }

  test('names the right that is missing and the command that tells when it is there', () => {
    const error = recorded('a read without the right')
    assert.match(error.message, /User "limited" cannot get resource "deployments"/)
    assert.match(error.next, /kubectl auth can-i get deployments\.apps -n corpus --as limited$/)
    assert.ok(isForbidden(error))
  })

  test('cuts a message that would fill the screen', () => {
    const message = 'x'.repeat(5_000)
    assert.ok(errorOf({ act: 'x', status: 422, body: { kind: 'Status', message } }).message.length < 700)
  })

  test('scrubs message and causes', () => {
    const body = JSON.stringify({
      kind: 'Status',
      message: 'got s3cret',
      details: { causes: [{ message: 'is s3cret' }] },
    })
    const error = new KubeError({ act: 'x', status: 422, body, scrub: (text) => text.replaceAll('s3cret', '***') })
    assert.ok(!JSON.stringify([error.message, error.causes]).includes('s3cret'))
  })
})

test('conflictsOf() names each manager and field', () => {
  const error = recorded('a conflict lists manager and field')
  assert.deepEqual(conflictsOf(error), [
    { manager: 'helm', field: '.data.a' },
    { manager: 'helm', field: '.data.b' },
  ])
  assert.ok(isFieldConflict(error))
  assert.ok(!isConflict(error))
})

test('isConflict() knows a stale resourceVersion and another uid, but neither shared fields nor what exists', () => {
  assert.ok(isConflict(recorded('replace with an old resourceVersion')))
  assert.ok(isConflict(recorded('another uid refuses even with force')))
  assert.ok(isConflict(recorded('a uid for an object that is gone does not make it anew')))
  assert.ok(!isConflict(recorded('create of what is there')))
  assert.ok(isAlreadyExists(recorded('create of what is there')))
})

test('isWebhookDown() knows a webhook that does not answer', () => {
  const message = 'Internal error occurred: failed calling webhook "webhook.cert-manager.io": x509: unknown authority'
  assert.ok(
    isWebhookDown(errorOf({ act: 'x', status: 500, body: { kind: 'Status', reason: 'InternalError', message } })),
  )
  assert.ok(!isWebhookDown(errorOf({ act: 'x', status: 500, body: 'panic' })))
})

test('isGone() knows 410', () => {
  assert.ok(isGone(errorOf({ act: 'x', status: 410, body: { kind: 'Status', reason: 'Expired' } })))
})

test('the classifiers leave other errors alone', () => {
  for (const judge of [isAlreadyExists, isConflict, isFieldConflict, isForbidden, isGone, isLostAnswer, isMissingKind])
    assert.equal(judge(new Error('x')), false)
  assert.ok(isLostAnswer(new LostAnswer('create it', new Error('socket hang up'))))
})

test('statusOf() takes nothing but a Status', () => {
  for (const body of ['', '404 page not found', '{', '{"kind":"Pod"}', '[]', 'null', '"x"'])
    assert.equal(statusOf(body), undefined)
})
