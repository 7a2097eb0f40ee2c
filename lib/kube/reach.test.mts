import assert from 'node:assert/strict'
import { test } from 'node:test'
import { neverSent, unreachable } from './reach.mts'

const SERVER = 'https://10.0.0.4:6443'

for (const [errno, code, words, unsent] of [
  ['ECONNREFUSED', 'unreachable', /10\.0\.0\.4:6443 refuses connections/, true],
  ['ENOTFOUND', 'unreachable', /no address is known/, true],
  ['EAI_AGAIN', 'unreachable', /name service does not answer/, true],
  ['ETIMEDOUT', 'unreachable', /does not answer/, false],
  ['ECONNRESET', 'unreachable', /broke the connection/, false],
  ['EHOSTUNREACH', 'unreachable', /EHOSTUNREACH/, true],
  ['EPROTO', 'unreachable', /does not speak TLS/, true],
  ['CERT_HAS_EXPIRED', 'certificate-expired', /has expired/, true],
  ['CERT_NOT_YET_VALID', 'certificate-expired', /not valid yet/, true],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate-untrusted', /is not trusted/, true],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate-untrusted', /is not trusted/, true],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate-untrusted', /is not trusted/, true],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-untrusted', /is not trusted/, true],
] as const) {
  test(`unreachable() says ${code} for ${errno}`, () => {
    const error = Object.assign(new Error(errno), { code: errno })
    const said = unreachable('read it', SERVER, error)
    assert.equal(said.code, code)
    assert.match(said.message, /^Cannot read it: /)
    assert.match(said.message, words)
    assert.equal(said.cause, error)
    assert.equal(neverSent(error), unsent)
  })
}

test('unreachable() finds the errno below a wrapping error', () => {
  const inner = Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' })
  assert.equal(unreachable('read it', SERVER, new Error('outer', { cause: inner })).code, 'certificate-expired')
})
