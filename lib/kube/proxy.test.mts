import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proxyFor } from './proxy.mts'

const PROXY = 'http://proxy.test:3128'

for (const [server, env, expected] of [
  ['https://k8s.example.org:6443', { HTTPS_PROXY: PROXY }, PROXY],
  ['https://k8s.example.org:6443', { https_proxy: PROXY }, PROXY],
  ['https://k8s.example.org:6443', { HTTPS_PROXY: 'proxy.test:3128' }, PROXY],
  ['https://k8s.example.org:6443', { HTTP_PROXY: PROXY }, undefined],
  ['https://k8s.example.org:6443', {}, undefined],
  ['https://k8s.example.org:6443', { HTTPS_PROXY: '' }, undefined],
  ['http://k8s.example.org', { HTTP_PROXY: PROXY }, PROXY],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: PROXY }, undefined],
  ['https://localhost:6443', { HTTPS_PROXY: PROXY }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY: PROXY }, undefined],
  ['https://k8s.example.org', { HTTPS_PROXY: PROXY, NO_PROXY: '*' }, undefined],
  ['https://k8s.example.org', { HTTPS_PROXY: PROXY, NO_PROXY: 'example.org' }, undefined],
  ['https://k8s.example.org', { HTTPS_PROXY: PROXY, no_proxy: 'a.test, .example.org' }, undefined],
  ['https://example.org', { HTTPS_PROXY: PROXY, NO_PROXY: '.example.org' }, PROXY],
  ['https://example.org', { HTTPS_PROXY: PROXY, NO_PROXY: 'example.org' }, undefined],
  ['https://notexample.org', { HTTPS_PROXY: PROXY, NO_PROXY: 'example.org' }, PROXY],
  ['https://k8s.example.org:6443', { HTTPS_PROXY: PROXY, NO_PROXY: 'k8s.example.org:6443' }, undefined],
  ['https://k8s.example.org:6443', { HTTPS_PROXY: PROXY, NO_PROXY: 'k8s.example.org:443' }, PROXY],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8' }, undefined],
  ['https://11.1.2.3:6443', { HTTPS_PROXY: PROXY, NO_PROXY: '10.0.0.0/8' }, PROXY],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: PROXY, NO_PROXY: '10.1.2.3' }, undefined],
  ['https://[fd00::1]:6443', { HTTPS_PROXY: PROXY, NO_PROXY: 'fd00::/8' }, undefined],
  ['https://10.1.2.3', { HTTPS_PROXY: PROXY, NO_PROXY: 'nonsense/99,10.0.0.0/x' }, PROXY],
] as const) {
  test(`proxyFor() answers ${expected ?? 'none'} for ${server} with ${JSON.stringify(env)}`, () => {
    assert.equal(proxyFor(new URL(server), env), expected)
  })
}
