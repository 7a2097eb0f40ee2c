import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { told, verdictOnPod, waiting } from './pods.mts'

const PULL = 'failed to pull and unpack image "registry.test/api:1": failed to resolve image:'

const WAITING: readonly (readonly [reason: string, message: string, verdict: string])[] = [
  ['ErrImagePull', `rpc error: code = NotFound desc = ${PULL} registry.test/api:1: not found`, 'doomed image-missing'],
  [
    'ImagePullBackOff',
    `Back-off pulling image "registry.test/api:1": ErrImagePull: ${PULL} not found`,
    'doomed image-missing',
  ],
  ['ErrImagePull', 'manifest unknown: manifest unknown', 'doomed image-missing'],
  [
    'ErrImagePull',
    `${PULL} unexpected status from HEAD request to https://registry.test/v2/api/manifests/1: 404 Not Found`,
    'doomed image-missing',
  ],
  ['ErrImageNeverPull', 'Container image "x" is not present with pull policy of Never', 'doomed image-missing'],
  [
    'ErrImagePull',
    'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
    'doomed image-denied',
  ],
  ['ErrImagePull', `${PULL} unexpected status: 401 Unauthorized`, 'doomed image-denied'],
  ['ErrImagePull', 'failed to fetch anonymous token: unexpected status: 403 Forbidden', 'doomed image-denied'],
  ['InvalidImageName', `couldn't parse image name "A:1": invalid reference format`, 'doomed image-invalid'],
  ['ErrImagePull', 'no match for platform in manifest: not found', 'doomed cannot-run'],
  [
    'ErrImagePull',
    'unexpected status: 429 Too Many Requests - toomanyrequests: You have reached your pull rate limit',
    'progressing pulling image (image-missing)',
  ],
  ['ErrImagePull', 'unexpected status: 503 Service Unavailable', 'progressing pulling image (image-missing)'],
  [
    'ErrImagePull',
    'dial tcp: lookup registry.test on 10.96.0.10:53: no such host',
    'progressing pulling image (image-missing)',
  ],
  ['ErrImagePull', 'dial tcp 10.0.0.9:443: i/o timeout', 'progressing pulling image (image-missing)'],
  ['ErrImagePull', 'dial tcp 10.0.0.9:443: connect: connection refused', 'progressing pulling image (image-missing)'],
  // What may heal is not outvoted by a word that sounds certain.
  ['ErrImagePull', 'unexpected status: 429: denied: rate limit exceeded', 'progressing pulling image (image-missing)'],
  [
    'ErrImagePull',
    'unexpected status: 502 Bad Gateway: backend not found',
    'progressing pulling image (image-missing)',
  ],
  [
    'ErrImagePull',
    'lookup registry.test: server misbehaving: name not found',
    'progressing pulling image (image-missing)',
  ],
  ['ErrImagePull', 'invalid reference format', 'doomed image-invalid'],
  ['ImagePullBackOff', 'Back-off pulling image "registry.test/api:1"', 'progressing pulling image (image-missing)'],
  ['CreateContainerConfigError', 'secret "api-env" not found', 'doomed config-missing'],
  ['CreateContainerConfigError', 'configmap "api-config" not found', 'doomed config-missing'],
  ['CreateContainerConfigError', `couldn't find key DATABASE_URL in Secret demo/api-env`, 'doomed config-missing'],
  [
    'CreateContainerConfigError',
    'failed to sync secret cache: timed out waiting for the condition',
    'progressing starting (CreateContainerConfigError) (config-missing)',
  ],
  ['CreateContainerConfigError', 'container has runAsNonRoot and image will run as root', 'doomed cannot-run'],
  [
    'CreateContainerConfigError',
    'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root',
    'doomed cannot-run',
  ],
  ['CreateContainerError', 'context deadline exceeded', 'progressing starting (CreateContainerError) (cannot-run)'],
  ['CreateContainerError', 'no command specified', 'doomed cannot-run'],
  ['RunContainerError', 'exec: "uvicorn": executable file not found in $PATH: unknown', 'doomed cannot-run'],
  [
    'RunContainerError',
    'failed to create shim task: cgroups: cgroup mountpoint does not exist',
    'progressing api ended 1 time, starting again (cannot-run)',
  ],
  ['SomethingNewError', 'who knows', 'progressing starting (SomethingNewError) (cannot-run)'],
  ['ContainerCreating', '', 'progressing creating containers'],
]

describe('a waiting container', () => {
  for (const [reason, message, verdict] of WAITING) {
    test(`judge() says "${verdict}" of ${reason}: ${message.slice(0, 60)}`, () => {
      assert.equal(told(verdictOnPod({ containers: [waiting(reason, message)] })), verdict)
    })
  }

  test('judge() reads no trouble out of the name of an image', () => {
    const image = 'registry.test/tls-proxy:503'
    const url = 'https://registry.test/v2/tls-proxy/manifests/503'
    for (const words of [`failed to resolve image: ${image}: not found`, `HEAD request to ${url}: 404 Not Found`]) {
      assert.equal(
        told(verdictOnPod({ containers: [waiting('ErrImagePull', words, { spec: { image } })] })),
        'doomed image-missing',
      )
    }
  })
})
