import type { KubeObject, Ref } from '../../kube/object.mts'
import { STACK_LABEL } from '../../marks.mts'
import type { Deployment, Lease, Namespace, Secret, StatefulSet } from '../../kube/schema/types.mts'
import { whereMatches, type Faults } from '../faults.mts'
import type { Player } from './cast.mts'
import type { Drill, Scene } from './drill.mts'

const RELEASED = ['before']

function namespace(name: string, more: Partial<Namespace['metadata']> = {}): Namespace {
  const labels = { 'kubernetes.io/metadata.name': name }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels, ...more }, status: { phase: 'Active' } }
}

/** What deploys, rollbacks and verifications refuse to do. */
export const REFUSALS = {
  'wrong-cluster': {
    code: 'wrong-cluster',
    title: 'the environment is pinned to another cluster',
    settings: { expect: { context: 'k3s-prod' } },
  },
  'ingress-class-missing': {
    code: 'blocked',
    title: 'no ingress controller is installed: its IngressClass is not there',
    needs: ['ingress'],
    plot: ({ ingress }) => ({ without: [ingressClass(ingress?.className ?? 'nginx')] }),
  },
  'issuer-missing': {
    code: 'blocked',
    title: 'the ClusterIssuer that is to sign the certificate is not there',
    needs: ['certificate'],
    plot: () => ({ without: [{ apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', name: 'letsencrypt-prod' }] }),
  },
  invalid: {
    code: 'invalid',
    title: "the API server's validation refuses a Deployment",
    plot: ({ app }) => ({
      faults: () =>
        whereMatches(requestOf('PATCH', app.owner), {
          do: 'refuse',
          status: 422,
          reason: 'Invalid',
          message: `Deployment.apps "${app.owner.name}" is invalid: spec.template.spec.containers[0].resources.requests: Invalid value: "512Mi": must be less than or equal to memory limit of 256Mi`,
        }),
    }),
  },
  conflict: {
    code: 'conflict',
    title: 'somebody set an image by hand: kubectl set image',
    before: RELEASED,
    plot: ({ app }) => ({ changed: [{ ref: app.owner, into: (object) => setImage(object as Deployment, app) }] }),
  },
  immutable: {
    code: 'immutable',
    title: 'a StatefulSet asks for a volume of another size than it was made with',
    needs: ['volume'],
    before: RELEASED,
    plot: ({ volume }) => ({ changed: volume === undefined ? [] : [{ ref: volume.owner, into: withSmallVolume }] }),
  },
  'foreign-object': {
    code: 'foreign-object',
    title: 'an object of that name belongs to another stack',
    plot: ({ objects, home }) => ({
      objects: [namespace(home), ...objects.filter(isService).slice(0, 1).map(foreign)],
    }),
  },
  'crd-missing': {
    code: 'crd-missing',
    title: 'the Vault operator is not installed',
    needs: ['Vault'],
    absent: ['secrets.hashicorp.com'],
  },
  'namespace-terminating': {
    code: 'namespace-terminating',
    title: 'the namespace is being deleted, and a finalizer holds it',
    plot: ({ home }) => ({
      objects: [namespace(home, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['kubernetes'] }), held(home)],
    }),
  },
  'namespace-missing': {
    code: 'namespace-missing',
    title: 'somebody deletes the namespace between the plan and the lock',
    before: RELEASED,
    plot: ({ home }) => ({ faults: (scene) => beforeLock(scene, () => dropNamespace(scene, home)) }),
  },
  'secret-missing': {
    code: 'secret-missing',
    title: 'the Secrets were to be made by hand, and nobody did',
    settings: { secrets: 'existing' },
    withoutSecrets: true,
  },
  'pull-secret-missing': {
    code: 'secret-missing',
    title: 'the pull Secret that the settings name is not there',
    settings: { imagePullSecrets: ['registry-key'] },
    withoutSecrets: true,
  },
  'storage-mismatch': {
    code: 'storage-mismatch',
    title: 'the API would use another bucket than the one that is made',
    settings: { secrets: 'existing', bucket: 'pictures' },
    needs: ['bucket job'],
    plot: ({ home }) => ({
      changed: [{ ref: secret(home, 'api-env'), into: (object) => withBucket(object, 'reactbin') }],
    }),
  },
  locked: {
    code: 'locked',
    title: 'somebody else is deploying this stack',
    plot: ({ home, stack }) => ({
      objects: [namespace(home), leaseOf(home, stack)],
      meanwhile: (scene) => renewing(scene, home, stack),
    }),
  },
  'ground-moved': {
    code: 'ground-moved',
    title: 'somebody scales a Deployment between the plan and the lock',
    before: RELEASED,
    plot: ({ app }) => ({ faults: (scene) => beforeLock(scene, () => scale(scene, app)) }),
  },
  'schema-ahead': {
    code: 'schema-ahead',
    title: "a rollback to a release that does not know the database's schema",
    script: 'rollback',
    needs: ['schema'],
    before: ['first', 'second'],
    plot: () => ({ state: { revision: '9bc17d03f6a2' } }),
  },
  'no-release': { code: 'no-release', title: 'a rollback where nothing was ever proven', script: 'rollback' },
} satisfies Record<string, Drill>

function ingressClass(name: string): Ref {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', name }
}

function secret(namespace: string, name: string): Ref {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name }
}

/** `METHOD /path?query` of requests about this object. */
function requestOf(method: string, { kind, namespace, name }: Ref): RegExp {
  return new RegExp(`^${method} \\S*/namespaces/${namespace}/${kind.toLowerCase()}s/${name}\\b`)
}

function setImage(object: Deployment, { container, image }: Player): Deployment {
  const copy = structuredClone(object)
  const found = copy.spec?.template.spec?.containers.find(({ name }) => name === container)
  if (found !== undefined) found.image = `${image.replace(/[:@][^:@/]+$/, '')}:hotfix`
  const own = `k:{"name":"${container}"}`
  const fields = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { [own]: { 'f:image': {} } } } } } }
  const entry = { manager: 'kubectl-set', operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1' } as const
  copy.metadata.managedFields = [
    ...(copy.metadata.managedFields ?? []).map((one) => ({
      ...one,
      fieldsV1: one.subresource === undefined ? withoutImage(one.fieldsV1 ?? {}, own) : (one.fieldsV1 ?? {}),
    })),
    { ...entry, fieldsV1: fields },
  ]
  return copy
}

function withoutImage(fields: Record<string, unknown>, container: string): Record<string, unknown> {
  const copy = structuredClone(fields)
  let at: Record<string, unknown> | undefined = copy
  for (const key of ['f:spec', 'f:template', 'f:spec', 'f:containers', container])
    at = at?.[key] as Record<string, unknown> | undefined
  if (at !== undefined) delete at['f:image']
  return copy
}

function withSmallVolume(object: KubeObject): KubeObject {
  const copy = structuredClone(object) as StatefulSet
  for (const { spec } of copy.spec?.volumeClaimTemplates ?? [])
    if (spec?.resources?.requests !== undefined) spec.resources.requests['storage'] = '1Gi'
  return copy
}

function isService({ kind }: KubeObject): boolean {
  return kind === 'Service'
}

/** The same object, made by another stack. */
function foreign(object: KubeObject): KubeObject {
  const labels = { ...object.metadata.labels, [STACK_LABEL]: 'another' }
  return { ...object, metadata: { ...object.metadata, labels } }
}

function held(namespace: string): KubeObject {
  const metadata = { name: 'backup', namespace, finalizers: ['backup.acme.dev/done'] }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata }
}

/** Lets this happen once, just before the request that takes the lock. */
function beforeLock(_scene: Scene, act: () => void): Faults {
  let done = false
  return ({ method, path }) => {
    if (!done && /^(POST|PUT)$/.test(method) && path.includes('/leases')) {
      done = true
      act()
    }
    return { do: 'pass' }
  }
}

function dropNamespace({ store }: Scene, name: string): void {
  const lease = store.list<Lease>({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }, name)
  for (const { apiVersion, kind, metadata } of lease)
    store.drop({ apiVersion, kind, namespace: name, name: metadata.name })
  store.drop({ apiVersion: 'v1', kind: 'Namespace', name })
}

function scale({ store }: Scene, { owner }: Player): void {
  const live = store.get<Deployment>(owner)
  if (live?.spec === undefined) return
  const generation = (live.metadata.generation ?? 1) + 1
  store.put({ ...live, metadata: { ...live.metadata, generation }, spec: { ...live.spec, replicas: 3 } })
}

function withBucket(object: KubeObject, bucket: string): KubeObject {
  const { data, ...rest } = object as Secret
  return { ...rest, data: { ...data, S3_BUCKET_NAME: Buffer.from(bucket).toString('base64') } } as KubeObject
}

function leaseName(home: string, stack: string): Ref {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: home, name: `landfall-${stack}` }
}

function leaseOf(namespace: string, stack: string): Lease {
  const at = new Date().toISOString().replace('Z', '000Z')
  const { apiVersion, kind, name } = leaseName(namespace, stack)
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, annotations: { 'landfall.dev/run': 'b52f0e7a-1d52-4b8e-9d0e-3f3f1f6f2c11' } },
    spec: { holderIdentity: 'anna@laptop', leaseDurationSeconds: 30, acquireTime: at, renewTime: at },
  } as Lease
}

/** Somebody who is alive: every two seconds of the cluster. */
function renewing({ store, time }: Scene, home: string, stack: string): () => void {
  const ref = leaseName(home, stack)
  const renew = (): void => {
    const live = store.get<Lease>(ref)
    if (live === undefined) return
    const renewTime = new Date(time.now()).toISOString().replace('Z', '000Z')
    store.put({ ...live, spec: { ...live.spec, renewTime } })
    time.after(2_000, renew)
  }
  time.after(2_000, renew)
  return () => undefined
}
