import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../lib/health/judge.mts'
import { judgeNeed } from '../../lib/health/need.mts'
import type { Noted } from '../../lib/health/health.mts'
import type { Live } from '../../lib/kube/object.mts'
import { ago, live, noted, NOW, says, snapshotOf, told, verdictOnPod, waiting, type Fragment } from './pods.mts'

const SINCE = NOW - 30_000
const VSO = 'secrets.hashicorp.com/v1beta1'

function staticSecret(status: Fragment | undefined, spec: Fragment = {}): Live {
  const destination = { name: 'api-env', create: true }
  return live(VSO, 'VaultStaticSecret', 'api-secret', {
    spec: { vaultAuthRef: 'reactbin-auth', mount: 'secret', path: 'reactbin/api/config', destination, ...spec },
    ...(status === undefined ? {} : { status }),
  })
}

function vaultAuth(status: Fragment): Live {
  return live(VSO, 'VaultAuth', 'reactbin-auth', { spec: { kubernetes: { role: 'reactbin' } }, status })
}

function secret(keys: readonly string[]): Live {
  return live('v1', 'Secret', 'api-env', { data: Object.fromEntries(keys.map((key) => [key, ''])) })
}

function verdict(object: Live, others: readonly Live[] = [], events: readonly Noted[] = []): string {
  return told(judge({ object, since: SINCE }, snapshotOf([object, ...others], { events })))
}

const condition = (type: string, status: string, message = '', observedGeneration = 1): Fragment => ({
  type,
  status,
  message,
  observedGeneration,
  lastTransitionTime: ago(10),
})

const SECRETS: readonly (readonly [what: string, status: Fragment | undefined, spec: Fragment, verdict: string])[] = [
  ['operator 0.10, synced', { lastGeneration: 1, secretMAC: 'x' }, {}, 'ready synced'],
  [
    'operator 0.10, failed: lastGeneration is set all the same',
    { lastGeneration: 1, secretMAC: '' },
    {},
    'progressing waiting for Vault',
  ],
  [
    'operator 0.10, synced before this generation',
    { lastGeneration: 0, secretMAC: 'x' },
    {},
    'progressing waiting for Vault',
  ],
  ['operator 1.0, healthy', { lastGeneration: 1, conditions: [condition('Healthy', 'True')] }, {}, 'ready synced'],
  [
    'operator 1.3, ready though SecretSynced stayed False',
    { lastGeneration: 1, conditions: [condition('SecretSynced', 'False'), condition('Ready', 'True')] },
    {},
    'ready synced',
  ],
  [
    'ready, but of an older generation',
    { lastGeneration: 1, conditions: [condition('Ready', 'True', '', 0)] },
    {},
    'progressing waiting for Vault',
  ],
  [
    'Vault says no such path',
    {
      lastGeneration: 1,
      conditions: [condition('Ready', 'False', 'empty response from Vault, path="secret/data/reactbin"')],
    },
    {},
    'doomed vault-failed',
  ],
  [
    'Vault is away',
    {
      lastGeneration: 1,
      conditions: [condition('Ready', 'False', 'dial tcp 10.0.0.1:8200: connect: connection refused')],
    },
    {},
    'progressing waiting for Vault (vault-failed)',
  ],
  [
    'the account is not there yet',
    {
      lastGeneration: 1,
      conditions: [condition('Ready', 'False', 'role reactbin: serviceaccounts "default" not found')],
    },
    {},
    'progressing waiting for Vault (vault-failed)',
  ],
  ['no operator', undefined, {}, 'progressing waiting for Vault (vault-failed)'],
  [
    'the Secret may not be made',
    {},
    { destination: { name: 'api-env' } },
    'progressing waiting for Vault (vault-failed)',
  ],
]

describe('a VaultStaticSecret', () => {
  for (const [what, status, spec, expected] of SECRETS) {
    test(`judge() says "${expected}" of: ${what}`, () => assert.equal(verdict(staticSecret(status, spec)), expected))
  }

  test("judge() counts the keys of the Secret that was made, without the operator's own copy", () => {
    assert.equal(
      verdict(staticSecret({ lastGeneration: 1, secretMAC: 'x' }), [secret(['_raw', 'A', 'B'])]),
      'ready 2 keys',
    )
  })

  test('judge() accepts a synced secret without a hash where the hash is switched off', () => {
    const object = staticSecret({ lastGeneration: 1 }, { hmacSecretData: false })
    assert.equal(verdict(object), 'progressing waiting for Vault')
    assert.equal(verdict(object, [secret(['A'])]), 'ready 1 key')
  })

  const object = staticSecret({ lastGeneration: 1 })
  const client = {
    reason: 'VaultClientError',
    message: 'Error making API request. Code: 403. Errors: * permission denied',
  }

  test('judge() reads errors that are only events, and gives the first moments of a new role five seconds', () => {
    assert.equal(
      verdict(object, [], [noted(object, { ...client, first: NOW - 2_000 })]),
      'progressing waiting for Vault (vault-failed)',
    )
    assert.equal(verdict(object, [], [noted(object, { ...client, first: NOW - 6_000 })]), 'doomed vault-failed')
    assert.equal(
      verdict(object, [], [noted(object, { ...client, at: SINCE - 5_000 })]),
      'progressing waiting for Vault',
    )
  })

  test('judge() names the path and the role in its next step', () => {
    const auth = vaultAuth({ valid: true })
    const health = judge(
      { object, since: SINCE },
      snapshotOf([object, auth], { events: [noted(object, { ...client, first: NOW - 6_000 })] }),
    )
    assert.equal(
      says(health),
      'Cannot sync secret/reactbin/api/config from Vault: Error making API request. Code: 403. Errors: * permission denied',
    )
    assert.match(
      health.state === 'doomed' ? health.cause.next : '',
      /^Correct the role and its policy in Vault \(role reactbin\)/,
    )
  })

  test('judge() dooms at once a Secret that somebody else owns, even where an earlier sync went well', () => {
    const events = [noted(object, { reason: 'SecretSyncError', message: 'not the owner of the destination Secret' })]
    assert.equal(verdict(object, [], events), 'doomed vault-failed')
    assert.equal(verdict(staticSecret({ lastGeneration: 1, secretMAC: 'x' }), [], events), 'doomed vault-failed')
  })

  test('judge() looks for the root at the VaultAuth', () => {
    const broken = vaultAuth({ valid: false, error: 'invalid role name "reactbin"' })
    const health = judge({ object, since: SINCE }, snapshotOf([object, broken]))
    assert.equal(told(health), 'doomed vault-failed')
    assert.equal(
      says(health),
      'Cannot log in to Vault with VaultAuth reactbin-auth (role reactbin): invalid role name "reactbin"',
    )
    const away = vaultAuth({ valid: false, error: 'connection refused' })
    assert.equal(verdict(object, [away]), 'progressing waiting for the VaultAuth (vault-failed)')
    assert.equal(verdict(vaultAuth({ valid: true })), 'ready valid')
    assert.equal(verdict(vaultAuth({})), 'progressing waiting for the Vault operator')
  })
})

describe('a pod that waits for a Secret', () => {
  const lacks = (message: string, others: readonly Live[]): string =>
    told(verdictOnPod({ containers: [waiting('CreateContainerConfigError', message)] }, {}, others))
  const MISSING = 'secret "api-env" not found'
  const KEY = `couldn't find key S3 in Secret demo/api-env`

  test('judge() waits as long as a producer is at work', () => {
    assert.equal(lacks(MISSING, [staticSecret({ lastGeneration: 1 })]), 'progressing waiting for Secret api-env')
    assert.equal(
      lacks(MISSING, [live('cert-manager.io/v1', 'Certificate', 'tls', { spec: { secretName: 'api-env' } })]),
      'progressing waiting for Secret api-env',
    )
    assert.equal(
      lacks(MISSING, [live('bitnami.com/v1alpha1', 'SealedSecret', 'api-env')]),
      'progressing waiting for Secret api-env',
    )
  })

  test("judge() reports the producer's own cause, not the pod's", () => {
    const denied = staticSecret({ lastGeneration: 1, conditions: [condition('Ready', 'False', 'permission denied')] })
    assert.equal(lacks(MISSING, [denied]), 'doomed vault-failed')
    const away = staticSecret({ lastGeneration: 1, conditions: [condition('Ready', 'False', 'connection refused')] })
    assert.equal(lacks(MISSING, [away]), 'progressing waiting for Secret api-env (vault-failed)')
  })

  test('judge() dooms a pod whose Secret nobody makes, makes elsewhere, or made without the key', () => {
    assert.equal(lacks(MISSING, []), 'doomed config-missing')
    const elsewhere = {
      ...staticSecret({ lastGeneration: 1 }),
      metadata: { ...staticSecret({}).metadata, namespace: 'other' },
    }
    assert.equal(lacks(MISSING, [elsewhere]), 'doomed config-missing')
    assert.equal(
      lacks(KEY, [staticSecret({ lastGeneration: 1, secretMAC: 'x' }), secret(['OTHER'])]),
      'doomed config-missing',
    )
  })

  test('judge() knows that the kubelet only has to look again where the Secret is there by now', () => {
    assert.equal(lacks(MISSING, [secret([])]), 'progressing waiting for Secret api-env')
    assert.equal(lacks(KEY, [secret(['S3'])]), 'progressing waiting for Secret api-env with key S3')
  })

  test("judgeNeed() is ready only with every key, and tells the producer's trouble before", () => {
    const need = { namespace: 'demo', name: 'api-env', keys: ['A', 'B'] }
    assert.equal(told(judgeNeed(need, snapshotOf([secret(['A', 'B', 'C'])]))), 'ready 2 keys')
    assert.equal(told(judgeNeed(need, snapshotOf([secret(['A'])]))), 'progressing waiting for B in Secret api-env')
    assert.equal(told(judgeNeed(need, snapshotOf([]))), 'progressing waiting for Secret api-env')
    const denied = staticSecret({ lastGeneration: 1, conditions: [condition('Ready', 'False', 'permission denied')] })
    assert.equal(told(judgeNeed(need, snapshotOf([denied]))), 'doomed vault-failed')
  })
})
