import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { preflight } from '../../lib/deploy/preflight.mts'
import type { Checked } from '../../lib/deploy/preflight.mts'
import { agreementRows } from '../../lib/deploy/preflight/agreements.mts'
import { classRows } from '../../lib/deploy/preflight/classes.mts'
import { dnsRows } from '../../lib/deploy/preflight/dns.mts'
import { permissionRows } from '../../lib/deploy/preflight/permissions.mts'
import { quantity } from '../../lib/deploy/preflight/quantity.mts'
import { recordRows } from '../../lib/deploy/preflight/record.mts'
import { secretRows } from '../../lib/deploy/preflight/secrets.mts'
import { versionRow } from '../../lib/deploy/preflight/version.mts'
import { configRef } from '../../lib/deploy/survey.mts'
import type { Found } from '../../lib/deploy/survey.mts'
import type { Action, Row, Step } from '../../lib/deploy/types.mts'
import type { KubeObject, Live } from '../../lib/kube/object.mts'
import { keyOf, refOf } from '../../lib/kube/object.mts'
import type { Agreement, Desired } from '../../lib/stacks/stack.mts'
import { forbidden } from './fake.mts'
import { cluster, configMap, deployment, secret, web } from './world.mts'

const { signal } = new AbortController()

function inToy<T extends KubeObject>(object: T): T {
  return { ...object, metadata: { namespace: 'toy', ...object.metadata } }
}

function live<T extends KubeObject>(object: T): Live<T> {
  return { ...object, metadata: { uid: `uid-${object.metadata.name}`, resourceVersion: '1', ...object.metadata } }
}

/** A step that writes the object. */
function step(object: KubeObject, action: Action = 'create', paths: readonly string[] = []): Step {
  const placed = inToy(object)
  const changes = paths.map((path) => ({ path }))
  return { component: 'web', ref: refOf(placed), action, object: placed, changes, warnings: [] }
}

interface Around {
  found?: Record<string, Found>
  home?: 'here' | 'missing'
  written?: Step[]
}

function checked(desired: Desired, { found = {}, home = 'here', written = [] }: Around = {}): Checked {
  const configs = new Map(Object.entries(found))
  return { desired, survey: { records: [], live: new Map(), pods: [], configs, unserved: [] }, written, home, signal }
}

/** What the survey found of a Secret or ConfigMap of the namespace. */
function there(object: KubeObject): Record<string, Found> {
  const placed = live(inToy(object))
  return { [keyOf(refOf(placed))]: { state: 'there', object: placed } }
}

function absent(kind: 'Secret' | 'ConfigMap', name: string, state: 'missing' | 'forbidden'): Record<string, Found> {
  return { [keyOf(configRef(kind, 'toy', name))]: { state } }
}

/** `state code` of each row; every row that blocks says what to do. */
function verdicts(rows: readonly Row[]): string[] {
  for (const row of rows) if (row.state === 'blocking') assert.ok(row.next, `${row.name} says what to do`)
  return rows.map(({ state, code }) => (code === undefined ? state : `${state} ${code}`))
}

suite('secretRows()', () => {
  const reader = deployment('web', { reads: { secrets: ['keys'], configMaps: ['config'] } })
  const needing: Desired = {
    ...web(deployment('web')),
    secrets: [{ namespace: 'toy', name: 'keys', keys: ['a', 'b'] }],
  }
  const config = there(configMap('config'))
  const copy = (name: string, create: boolean) =>
    ({
      apiVersion: 'secrets.hashicorp.com/v1beta1',
      kind: 'VaultStaticSecret',
      metadata: { name: 'copy' },
      spec: { destination: { name, create } },
    }) as KubeObject
  const ingress = (annotations: Record<string, string>) =>
    ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'site', annotations },
      spec: { tls: [{ hosts: ['a'], secretName: 'keys' }] },
    }) as KubeObject
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'c' },
    spec: { secretName: 'keys' },
  }
  const pulling = structuredClone(deployment('web'))
  Object.assign(pulling.spec.template.spec, { imagePullSecrets: [{ name: 'keys' }] })

  for (const [what, desired, found, expected] of [
    ['is there', web(reader), { ...there(secret('keys')), ...config }, ['ok', 'ok']],
    [
      'is missing',
      web(reader),
      { ...absent('Secret', 'keys', 'missing'), ...config },
      ['blocking secret-missing', 'ok'],
    ],
    ['was not looked for', web(reader), config, ['blocking secret-missing', 'ok']],
    ['may not be read', web(reader), { ...absent('Secret', 'keys', 'forbidden'), ...config }, ['unknown', 'ok']],
    ['is a ConfigMap, and missing', web(reader), there(secret('keys')), ['ok', 'blocking config-missing']],
    ['has every key', needing, there(secret('keys', { a: '1', b: '2' })), ['ok']],
    ['lacks a key', needing, there(secret('keys', { a: '1' })), ['blocking secret-missing']],
    ['is made by this deploy', web(reader, secret('keys'), configMap('config')), {}, ['ok', 'ok']],
    ['is copied from Vault', web(reader, copy('keys', true), configMap('config')), {}, ['ok', 'ok']],
    [
      'is filled from Vault but made by nobody',
      web(reader, copy('keys', false), configMap('config')),
      {},
      ['blocking secret-missing', 'ok'],
    ],
    [
      'is copied from Vault under another name',
      web(reader, copy('other', true), configMap('config')),
      {},
      ['blocking secret-missing', 'ok'],
    ],
    ['comes with a Certificate', web(reader, certificate, configMap('config')), {}, ['ok', 'ok']],
    [
      'comes with an Ingress through cert-manager',
      web(reader, ingress({ 'cert-manager.io/cluster-issuer': 'le' }), configMap('config')),
      {},
      ['ok', 'ok'],
    ],
    [
      'is only named by an Ingress',
      web(reader, ingress({}), configMap('config')),
      {},
      ['blocking secret-missing', 'ok'],
    ],
    ['is for pulling images, and missing', web(pulling), {}, ['blocking secret-missing']],
  ] as [string, Desired, Record<string, Found>, string[]][]) {
    test(`secretRows() knows a Secret that ${what}`, () => {
      assert.deepEqual(verdicts(secretRows(checked(desired, { found }))), expected)
    })
  }

  test('secretRows() names the key that is missing, never a value', () => {
    const [row] = secretRows(checked(needing, { found: there(secret('keys', { a: 'hunter2hunter2' })) }))
    assert.match(row?.says ?? '', /toy\/keys has no key b$/)
    assert.doesNotMatch(JSON.stringify(row), /hunter2/)
  })

  test('secretRows() does not ask for what pods may do without', () => {
    const optional = structuredClone(deployment('web'))
    Object.assign(optional.spec.template.spec.containers[0] ?? {}, {
      envFrom: [{ secretRef: { name: 'keys', optional: true } }],
    })
    assert.deepEqual(secretRows(checked(web(optional))), [])
  })

  test('secretRows() says that the namespace is missing as well', () => {
    const [row] = secretRows(checked(needing, { home: 'missing' }))
    assert.match(row?.says ?? '', /namespace toy, which does not exist yet/)
  })
})

suite('agreementRows()', () => {
  const between = (left: Agreement['left'], right: Agreement['right']): Desired => ({
    ...web(deployment('web')),
    agreements: [{ code: 'storage-mismatch', namespace: 'toy', about: 'bucket names', left, right, next: 'mend it' }],
  })
  const key = { secret: 'keys', key: 'bucket' }
  const keys = (bucket: string) => there(secret('keys', { bucket }))
  for (const [what, desired, found, expected] of [
    ['say the same', between({ literal: 'b' }, key), keys('b'), 'ok'],
    ['differ', between({ literal: 'b' }, key), keys('c'), 'blocking storage-mismatch'],
    ['differ by a blank', between({ literal: 'b' }, key), keys('b '), 'blocking storage-mismatch'],
    ['say the same in another spelling', between({ literal: 'b', also: ['c'] }, key), keys('c'), 'ok'],
    ['differ in every spelling', between({ literal: 'b', also: ['c'] }, key), keys('d'), 'blocking storage-mismatch'],
    ['are the same Secret', between(key, key), keys('b'), 'ok'],
    ['are not there yet', between({ literal: 'b' }, key), {}, 'unknown'],
    ['are not readable', between({ literal: 'b' }, key), absent('Secret', 'keys', 'forbidden'), 'unknown'],
    ['lack the key', between({ literal: 'b' }, key), there(secret('keys', { other: 'b' })), 'unknown'],
  ] as const) {
    test(`agreementRows() is ${expected} where both ${what}`, () => {
      assert.deepEqual(verdicts(agreementRows(checked(desired, { found }))), [expected])
    })
  }

  test('agreementRows() never shows what a Secret says', () => {
    const rows = agreementRows(checked(between({ literal: 'b' }, key), { found: keys('hunter2hunter2') }))
    assert.doesNotMatch(JSON.stringify(rows), /hunter2/)
  })
})

suite('classRows()', () => {
  const ingress = (className?: string, annotations: Record<string, string> = {}) =>
    ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'site', annotations },
      spec: className === undefined ? {} : { ingressClassName: className },
    }) as KubeObject
  const claim = (storageClassName?: string) =>
    ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { storageClassName },
    }) as KubeObject
  const set = (storageClassName?: string) =>
    ({
      ...deployment('db'),
      kind: 'StatefulSet',
      spec: { volumeClaimTemplates: [{ spec: { storageClassName } }] },
    }) as KubeObject
  const classOf = (kind: 'IngressClass' | 'StorageClass', name: string, mark?: string) =>
    ({
      apiVersion: kind === 'IngressClass' ? 'networking.k8s.io/v1' : 'storage.k8s.io/v1',
      kind,
      metadata: { name, annotations: mark === undefined ? {} : { [mark]: 'true' } },
    }) as KubeObject
  const nginx = classOf('IngressClass', 'nginx')
  const usual = classOf('IngressClass', 'usual', 'ingressclass.kubernetes.io/is-default-class')
  const fast = classOf('StorageClass', 'fast')
  const local = classOf('StorageClass', 'local', 'storageclass.kubernetes.io/is-default-class')

  for (const [what, object, classes, expected] of [
    ['an ingress class that is there', ingress('nginx'), [nginx], ['ok']],
    ['an ingress class that is not there', ingress('traefik'), [nginx], ['blocking']],
    ['an ingress class where there is none', ingress('nginx'), [], ['blocking']],
    ['no ingress class, with a default', ingress(), [nginx, usual], ['ok']],
    ['no ingress class, without a default', ingress(), [nginx], ['blocking']],
    ['the annotation that came before it', ingress(undefined, { 'kubernetes.io/ingress.class': 'nginx' }), [], []],
    ['a storage class that is there', claim('fast'), [fast], ['ok']],
    ['a storage class that is not there', claim('slow'), [fast, local], ['blocking']],
    ['no storage class, with a default', set(), [fast, local], ['ok']],
    ['no storage class, without a default', set(), [fast], ['blocking']],
    ['a volume that somebody made by hand', claim(''), [], []],
    ['neither', configMap('config'), [], []],
  ] as const) {
    test(`classRows() judges ${what}`, async () => {
      const fake = cluster()
      for (const one of classes) fake.put(one)
      assert.deepEqual(verdicts(await classRows(fake, checked(web(), { written: [step(object)] }))), expected)
    })
  }

  test('classRows() names the classes there are, and the setting', async () => {
    const fake = cluster()
    fake.put(nginx)
    const [row] = await classRows(fake, checked(web(), { written: [step(ingress('traefik'))] }))
    assert.match(row?.says ?? '', /ingress class traefik: there are nginx/)
    assert.match(row?.next ?? '', /--set ingress\.className=nginx/)
  })

  test('classRows() says what is wrong in the words of what is wrong', async () => {
    const [ingressRow] = await classRows(cluster(), checked(web(), { written: [step(ingress())] }))
    assert.match(ingressRow?.says ?? '', /Cannot serve an Ingress: no default ingress class/)
    const [storageRow] = await classRows(cluster(), checked(web(), { written: [step(claim())] }))
    assert.match(storageRow?.says ?? '', /Cannot place a volume: no default storage class/)
  })

  test('classRows() cannot check without permission, and blocks nothing', async () => {
    const fake = cluster()
    fake.before = ({ verb }) => {
      if (verb === 'list') throw forbidden('list classes')
    }
    const rows = await classRows(fake, checked(web(), { written: [step(ingress('nginx')), step(claim())] }))
    assert.deepEqual(verdicts(rows), ['unknown', 'unknown'])
  })

  test('classRows() asks no storage class of a volume that is there already', async () => {
    assert.deepEqual(await classRows(cluster(), checked(web(), { written: [step(set('gone'), 'update')] })), [])
  })

  const issued = ingress('nginx', { 'cert-manager.io/cluster-issuer': 'le' })
  const issuer = { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata: { name: 'le' } }
  for (const [what, prepare, expected] of [
    ['is there', (fake) => fake.put(issuer), 'ok'],
    ['is not there', () => undefined, 'blocking'],
    ['has no cert-manager', (fake) => fake.unserved.add('cert-manager.io/ClusterIssuer'), 'blocking crd-missing'],
    [
      'may not be read',
      (fake) => {
        fake.before = ({ verb }) => {
          if (verb === 'get') throw forbidden('get it')
        }
      },
      'unknown',
    ],
  ] as [string, (fake: ReturnType<typeof cluster>) => unknown, string][]) {
    test(`classRows() is ${expected} where the issuer ${what}`, async () => {
      const fake = cluster()
      fake.put(nginx)
      prepare(fake)
      const rows = await classRows(fake, checked(web(), { written: [step(issued)] }))
      assert.equal(verdicts(rows.filter(({ name }) => name.startsWith('ClusterIssuer'))).join(), expected)
    })
  }
})

suite('versionRow()', () => {
  for (const [version, state] of [
    ['v1.35.4', 'ok'],
    ['v1.36.0+k3s1', 'ok'],
    ['v1.37.0-rc.1', 'ok'],
    ['v1.34.9', 'warning'],
    ['v1.38.0', 'warning'],
    ['v1.30.0', 'warning'],
    ['v1.29.15', 'blocking'],
    ['v1.9.0', 'blocking'],
    ['unknown', 'warning'],
  ] as const) {
    test(`versionRow() is ${state} for ${version}`, () => {
      assert.equal(versionRow(version).state, state)
    })
  }
})

suite('quantity()', () => {
  for (const [text, value] of [
    ['100m', 0.1],
    ['1', 1],
    [2, 2],
    ['1.5', 1.5],
    ['64Mi', 64 * 2 ** 20],
    ['1Gi', 2 ** 30],
    ['1G', 1e9],
    ['1k', 1000],
    ['1e3', 1000],
    ['1E', 1e18],
    ['12E2', 1200],
    ['250u', 0.00025],
    [undefined, 0],
  ] as const) {
    test(`quantity() reads ${text}`, () => {
      assert.equal(quantity(text), value)
    })
  }

  for (const text of ['', 'Mi', '1 Gi', '1Zi', 'one']) {
    test(`quantity() does not read "${text}"`, () => {
      assert.ok(Number.isNaN(quantity(text)))
    })
  }
})

suite('permissionRows()', () => {
  const written = [step(deployment('web'))]

  test('permissionRows() is ok where everything is held', async () => {
    assert.deepEqual(verdicts(await permissionRows(cluster(), checked(web(), { written }))), ['ok'])
  })

  for (const [what, missing, act] of [
    ['to apply', { verb: 'patch', group: 'apps', resource: 'deployments' }, 'patch deployments.apps in toy'],
    [
      'to lock',
      { verb: 'update', group: 'coordination.k8s.io', resource: 'leases' },
      'update leases.coordination.k8s.io in toy',
    ],
    ['to record', { verb: 'create', group: '', resource: 'configmaps' }, 'create configmaps in toy'],
    ['to watch pods', { verb: 'watch', group: '', resource: 'pods' }, 'watch pods in toy'],
  ] as const) {
    test(`permissionRows() blocks without the right ${what}, and names it and the user`, async () => {
      const fake = cluster()
      fake.missing.push(missing)
      const rows = await permissionRows(fake, checked(web(), { written }))
      assert.deepEqual(verdicts(rows), ['blocking forbidden'])
      assert.match(rows[0]?.says ?? '', new RegExp(`as tester: no permission to ${act}`))
    })
  }

  for (const missing of [
    { verb: 'get', group: '', resource: 'pods', subresource: 'log' },
    { verb: 'list', group: '', resource: 'events' },
    { verb: 'watch', group: 'apps', resource: 'replicasets' },
  ]) {
    test(`permissionRows() only warns without the right to ${missing.verb} ${missing.subresource ?? missing.resource}`, async () => {
      const fake = cluster()
      fake.missing.push(missing)
      assert.deepEqual(verdicts(await permissionRows(fake, checked(web(), { written }))), ['ok', 'warning'])
    })
  }

  test('permissionRows() asks for the deletion of pods only where a StatefulSet is changed', async () => {
    const set = { ...deployment('db'), kind: 'StatefulSet' }
    const fake = cluster()
    fake.missing.push({ verb: 'delete', group: '', resource: 'pods' })
    assert.deepEqual(verdicts(await permissionRows(fake, checked(web(), { written }))), ['ok'])
    assert.deepEqual(verdicts(await permissionRows(fake, checked(web(), { written: [step(set)] }))), ['ok'])
    const changed = checked(web(), { written: [step(set, 'update')] })
    assert.deepEqual(verdicts(await permissionRows(fake, changed)), ['blocking forbidden'])
  })

  test('permissionRows() says what it could not find out', async () => {
    const fake = cluster()
    fake.missingPermissions = async (wanted) => ({ missing: [], unknown: wanted.slice(0, 1) })
    assert.deepEqual(verdicts(await permissionRows(fake, checked(web(), { written }))), ['unknown'])
  })
})

suite('recordRows()', () => {
  test('recordRows() is silent where the release fits its record', () => {
    assert.deepEqual(recordRows({ desired: web(configMap('config')) }), [])
  })

  test('recordRows() blocks what would not fit, and does not count secret data, which is not recorded', () => {
    const large = randomBytes(1_200_000).toString('base64')
    assert.deepEqual(verdicts(recordRows({ desired: web(configMap('large', { large })) })), ['blocking'])
    assert.deepEqual(recordRows({ desired: web(secret('large', { large })) }), [])
  })
})

suite('dnsRows()', () => {
  const hosted = (host: string): Desired => ({
    ...web(),
    proofs: [{ kind: 'serves', name: 'health', host, path: '/', status: 200 }],
  })
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))
  for (const [what, host, resolve, expected] of [
    ['a name that resolves', 'app.example', () => Promise.resolve(['192.0.2.1']), ['ok']],
    ['a name that does not', 'app.example', failing('ENOTFOUND'), ['warning']],
    ['a server that is silent', 'app.example', failing('ETIMEOUT'), ['unknown']],
    ['a name of this machine', 'reactbin.localhost', failing('asked'), []],
    ['a name for tests', 'reactbin.test', failing('asked'), []],
  ] as const) {
    test(`dnsRows() gives advice about ${what}, and never blocks`, async () => {
      assert.deepEqual(verdicts(await dnsRows({ desired: hosted(host) }, resolve)), expected)
    })
  }
})

suite('preflight()', () => {
  test('preflight() asks the cluster nothing where nothing would be written', async () => {
    const fake = cluster()
    const desired = web(configMap('config'))
    const { survey, home } = checked(desired)
    const steps = [step(configMap('config'), 'unchanged')]
    assert.deepEqual(await preflight(fake, { desired, survey, home, signal, steps }), [])
    assert.deepEqual(fake.asked, [])
  })

  test('preflight() hands its signal to every request', async () => {
    const fake = cluster()
    const desired = web(deployment('web'))
    const { survey, home } = checked(desired)
    await preflight(fake, { desired, survey, home, signal, steps: [step(deployment('web'))] })
    assert.ok(fake.asked.length > 0)
    assert.deepEqual(
      fake.asked.filter((asked) => asked.signal !== signal),
      [],
    )
  })
})
