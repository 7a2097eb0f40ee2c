import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { find, reactbinWith } from './rendered.mts'

const desired = reactbinWith({ own: { domain: 'bin.acme.dev' } })
const minioPod = find(desired, 'StatefulSet/minio').spec?.template.spec

suite('reactbin MinIO', () => {
  const set = find(desired, 'StatefulSet/minio').spec
  const container = minioPod?.containers[0]

  test('RB-13 StatefulSet minio serves /data from a 10Gi claim of the default class', () => {
    assert.equal(set?.replicas, 1)
    assert.equal(set?.serviceName, 'minio')
    assert.deepEqual(container?.args, ['server', '/data', '--console-address', ':9001'])
    assert.deepEqual(container?.ports, [{ name: 's3', containerPort: 9000 }])
    assert.ok(container?.volumeMounts?.some((mount) => mount.name === 'minio-data' && mount.mountPath === '/data'))
    const [claim, ...others] = set?.volumeClaimTemplates ?? []
    assert.equal(others.length, 0)
    assert.equal(claim?.metadata.name, 'minio-data')
    assert.deepEqual(claim?.spec, { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } })
  })

  test('RB-13 it runs as 1000:1000 with its root user by secretKeyRef and the probes of the source', () => {
    const { runAsUser, runAsGroup, fsGroup } = minioPod?.securityContext ?? {}
    assert.deepEqual([runAsUser, runAsGroup, fsGroup], [1000, 1000, 1000])
    const from = (key: string) => ({ name: key, valueFrom: { secretKeyRef: { name: 'minio-credentials', key } } })
    assert.deepEqual(container?.env, [from('MINIO_ROOT_USER'), from('MINIO_ROOT_PASSWORD')])
    const probe = (path: string, initialDelaySeconds: number, periodSeconds: number) => ({
      httpGet: { path, port: 9000 },
      initialDelaySeconds,
      periodSeconds,
    })
    assert.deepEqual(container?.livenessProbe, probe('/minio/health/live', 30, 20))
    assert.deepEqual(container?.readinessProbe, probe('/minio/health/ready', 15, 10))
  })

  test('RB-13 storage class and size are settings', () => {
    const other = reactbinWith({ own: { storage: { className: 'fast', size: '20Gi' } } })
    assert.deepEqual(find(other, 'StatefulSet/minio').spec?.volumeClaimTemplates?.[0]?.spec, {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '20Gi' } },
    })
  })

  test('RB-15 Service minio is 9000 s3 ClusterIP, no Ingress names it, and that nothing leads to it is proven', () => {
    assert.equal(find(desired, 'Service/minio').spec?.type, 'ClusterIP')
    assert.deepEqual(find(desired, 'Service/minio').spec?.ports, [{ name: 's3', port: 9000, targetPort: 9000 }])
    assert.doesNotMatch(JSON.stringify(find(desired, 'Ingress/reactbin')), /minio/)
    assert.ok(desired.proofs.some((proof) => proof.kind === 'unreachable' && proof.service.name === 'minio'))
  })

  test('RB-24 server and client are the one image from quay.io, replaceable and digest-pinnable', () => {
    const image = 'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z'
    const digest = `sha256:${'14'.repeat(32)}`
    const imagesOf = (said: Parameters<typeof reactbinWith>[0]) => {
      const one = reactbinWith(said)
      return [find(one, 'StatefulSet/minio'), find(one, 'Job/minio-init-bucket')].map(
        ({ spec }) => spec?.template.spec?.containers[0]?.image,
      )
    }
    assert.deepEqual(imagesOf({}), [image, image])
    const other = imagesOf({
      common: { images: { minio: { repository: 'pgsty/silo', tag: 'RELEASE.2026-09-03T13-18-01Z', digest } } },
    })
    assert.deepEqual(other, Array(2).fill(`pgsty/silo:RELEASE.2026-09-03T13-18-01Z@${digest}`))
  })
})
