import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { templateOf } from '../../lib/kube/containers.mts'
import { validate } from '../../lib/kube/validate.mts'
import { STACK_LABEL } from '../../lib/marks.mts'
import { find, namesOf, objectsOf, reactbinWith, VARIANTS } from './rendered.mts'

const desired = reactbinWith({ own: { domain: 'bin.acme.dev' } })

suite('reactbin objects', () => {
  test('RB-28 the 12 objects of the source are there by kind and name, and no other', () => {
    assert.deepEqual(namesOf(desired).sort(), [
      'Deployment/api',
      'Deployment/ui',
      'Ingress/reactbin',
      'Job/minio-init-bucket',
      'Namespace/reactbin',
      'Service/api',
      'Service/minio',
      'Service/ui',
      'StatefulSet/minio',
      'VaultAuth/reactbin-auth',
      'VaultStaticSecret/api-secret',
      'VaultStaticSecret/minio-secret',
    ])
  })

  test('RB-28 selectors are app: api, ui and minio alone', () => {
    for (const name of ['api', 'ui'] as const) {
      assert.deepEqual(find(desired, `Deployment/${name}`).spec?.selector, { matchLabels: { app: name } })
      assert.deepEqual(find(desired, `Service/${name}`).spec?.selector, { app: name })
    }
    assert.deepEqual(find(desired, 'StatefulSet/minio').spec?.selector, { matchLabels: { app: 'minio' } })
    assert.deepEqual(find(desired, 'Service/minio').spec?.selector, { app: 'minio' })
  })

  test('RB-28 the pods of the bucket Job are not behind the Service of MinIO', () => {
    assert.notEqual(find(desired, 'Job/minio-init-bucket').spec?.template.metadata?.labels?.['app'], 'minio')
  })

  test('RB-01 everything is in the one namespace, reactbin or the one that was asked for', () => {
    for (const [home, one] of [
      ['reactbin', desired],
      ['other', reactbinWith({ namespace: 'other' })],
    ] as const) {
      assert.equal(find(one, `Namespace/${home}`).metadata.namespace, undefined)
      const namespaces = objectsOf(one).flatMap(({ kind, metadata }) =>
        kind === 'Namespace' ? [] : [metadata.namespace],
      )
      assert.deepEqual([...new Set(namespaces)], [home])
    }
  })

  test("RB-01 the Namespace carries landfall's label and no other; Pod Security only where it was asked for", () => {
    assert.deepEqual(find(desired, 'Namespace/reactbin').metadata.labels, { [STACK_LABEL]: 'reactbin' })
    const strict = reactbinWith({ common: { podSecurity: 'restricted' } })
    assert.deepEqual(find(strict, 'Namespace/reactbin').metadata.labels, {
      [STACK_LABEL]: 'reactbin',
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    })
  })

  test('every object of every variant is what the schema of Kubernetes takes', () => {
    for (const object of VARIANTS.flatMap(objectsOf))
      assert.deepEqual(validate(object), [], `${object.kind}/${object.metadata.name}`)
  })

  test('every object and pod template carries the label that finds it, and no selector or volume claim does', () => {
    for (const object of VARIANTS.flatMap(objectsOf)) {
      assert.equal(object.metadata.labels?.[STACK_LABEL], 'reactbin')
      const template = templateOf(object)
      if (template !== undefined) assert.equal(template.metadata?.labels?.[STACK_LABEL], 'reactbin')
    }
    const { selector, volumeClaimTemplates } = find(desired, 'StatefulSet/minio').spec ?? {}
    assert.doesNotMatch(JSON.stringify([selector, volumeClaimTemplates]), /landfall/)
  })
})
