import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { classRows } from '../../lib/deploy/preflight/classes.mts'
import type { KubeObject } from '../../lib/kube/object.mts'
import { checked, step, verdicts } from './rows.mts'
import { forbidden } from './refused.mts'
import { cluster, configMap, deployment, web } from './world.mts'

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

  for (const [what, modes, provisioner, states] of [
    ['many nodes, and the class is for one', ['ReadWriteMany'], 'rancher.io/local-path', ['ok', 'blocking']],
    ['many nodes, and the class may do that', ['ReadWriteMany'], 'efs.csi.aws.com', ['ok']],
    ['one node', ['ReadWriteOnce'], 'rancher.io/local-path', ['ok']],
  ] as const)
    test(`WN-04 classRows() judges a claim for ${what}`, async () => {
      const fake = cluster()
      fake.put({ ...local, provisioner } as KubeObject)
      const shared = { ...claim(), spec: { accessModes: modes } } as KubeObject
      const rows = await classRows(fake, checked(web(), { written: [step(shared)] }))
      assert.deepEqual(verdicts(rows), states)
      if (rows.length === 2) assert.match(rows[1]?.says ?? '', /data on several nodes.*storage class local/)
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
