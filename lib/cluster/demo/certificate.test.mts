import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempDisposableSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { issueCertificate, makeAuthority, stillServes } from './certificate.mts'

const now = new Date()
const daysOn = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60 * 1000)

test('issueCertificate() gives a certificate for its host alone, by an authority that stays the same', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'certificate-'))
  const authority = await makeAuthority(folder.path)
  const { certificate, key } = await issueCertificate(folder.path, 'demo.localhost')
  assert.equal(await makeAuthority(folder.path), authority)
  assert.match(key, /^-----BEGIN PRIVATE KEY-----/)
  const leaf = new X509Certificate(certificate)
  assert.deepEqual([leaf.ca, leaf.subjectAltName], [false, 'DNS:demo.localhost'])
  assert.equal(new X509Certificate(authority).ca, true)
})

test('stillServes() is true for a certificate of this authority, of this host, not about to end', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'certificate-'))
  using elsewhere = mkdtempDisposableSync(join(tmpdir(), 'certificate-'))
  const authority = await makeAuthority(folder.path)
  const other = await makeAuthority(elsewhere.path)
  const { certificate } = await issueCertificate(folder.path, 'demo.localhost')
  const serves = [
    stillServes(certificate, authority, 'demo.localhost', now),
    stillServes(certificate, authority, 'demo.localhost', daysOn(88)),
    stillServes(certificate, authority, 'demo.localhost', daysOn(89.5)),
    stillServes(certificate, authority, 'other.localhost', now),
    stillServes(certificate, other, 'demo.localhost', now),
  ]
  assert.deepEqual(serves, [true, true, false, false, false])
})
