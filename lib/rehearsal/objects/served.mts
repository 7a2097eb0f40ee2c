import type { Kind } from '../../kube/object.mts'

/** A resource that the rehearsal's API server serves. */
export interface Served extends Kind {
  group: string
  version: string
  plural: string
  scope: 'Namespaced' | 'Cluster'
  shortNames: readonly string[]
  /** Whether writes of the object leave its status alone, and writes to `/status` the rest. */
  status: boolean
}

type Line = readonly [kind: string, plural: string, scope: Served['scope'], shortNames?: string, status?: 'status']

const NAMESPACED = 'Namespaced'
const CLUSTER = 'Cluster'

const LINES: Readonly<Record<string, readonly Line[]>> = {
  v1: [
    ['ConfigMap', 'configmaps', NAMESPACED, 'cm'],
    ['Endpoints', 'endpoints', NAMESPACED, 'ep'],
    ['Event', 'events', NAMESPACED, 'ev'],
    ['LimitRange', 'limitranges', NAMESPACED, 'limits'],
    ['Namespace', 'namespaces', CLUSTER, 'ns', 'status'],
    ['Node', 'nodes', CLUSTER, 'no', 'status'],
    ['PersistentVolume', 'persistentvolumes', CLUSTER, 'pv', 'status'],
    ['PersistentVolumeClaim', 'persistentvolumeclaims', NAMESPACED, 'pvc', 'status'],
    ['Pod', 'pods', NAMESPACED, 'po', 'status'],
    ['ResourceQuota', 'resourcequotas', NAMESPACED, 'quota', 'status'],
    ['Secret', 'secrets', NAMESPACED],
    ['Service', 'services', NAMESPACED, 'svc', 'status'],
    ['ServiceAccount', 'serviceaccounts', NAMESPACED, 'sa'],
  ],
  'apps/v1': [
    ['DaemonSet', 'daemonsets', NAMESPACED, 'ds', 'status'],
    ['Deployment', 'deployments', NAMESPACED, 'deploy', 'status'],
    ['ReplicaSet', 'replicasets', NAMESPACED, 'rs', 'status'],
    ['StatefulSet', 'statefulsets', NAMESPACED, 'sts', 'status'],
  ],
  'batch/v1': [
    ['CronJob', 'cronjobs', NAMESPACED, 'cj', 'status'],
    ['Job', 'jobs', NAMESPACED, '', 'status'],
  ],
  'networking.k8s.io/v1': [
    ['Ingress', 'ingresses', NAMESPACED, 'ing', 'status'],
    ['IngressClass', 'ingressclasses', CLUSTER],
    ['NetworkPolicy', 'networkpolicies', NAMESPACED, 'netpol'],
  ],
  'autoscaling/v2': [['HorizontalPodAutoscaler', 'horizontalpodautoscalers', NAMESPACED, 'hpa', 'status']],
  'policy/v1': [['PodDisruptionBudget', 'poddisruptionbudgets', NAMESPACED, 'pdb', 'status']],
  'rbac.authorization.k8s.io/v1': [
    ['ClusterRole', 'clusterroles', CLUSTER],
    ['ClusterRoleBinding', 'clusterrolebindings', CLUSTER],
    ['Role', 'roles', NAMESPACED],
    ['RoleBinding', 'rolebindings', NAMESPACED],
  ],
  'storage.k8s.io/v1': [['StorageClass', 'storageclasses', CLUSTER, 'sc']],
  'coordination.k8s.io/v1': [['Lease', 'leases', NAMESPACED]],
  'discovery.k8s.io/v1': [['EndpointSlice', 'endpointslices', NAMESPACED]],
  'secrets.hashicorp.com/v1beta1': [
    ['VaultAuth', 'vaultauths', NAMESPACED, '', 'status'],
    ['VaultConnection', 'vaultconnections', NAMESPACED, '', 'status'],
    ['VaultStaticSecret', 'vaultstaticsecrets', NAMESPACED, '', 'status'],
  ],
  'cert-manager.io/v1': [
    ['Certificate', 'certificates', NAMESPACED, 'cert', 'status'],
    ['CertificateRequest', 'certificaterequests', NAMESPACED, 'cr', 'status'],
    ['ClusterIssuer', 'clusterissuers', CLUSTER, 'ciss', 'status'],
    ['Issuer', 'issuers', NAMESPACED, 'iss', 'status'],
  ],
  'acme.cert-manager.io/v1': [
    ['Order', 'orders', NAMESPACED, '', 'status'],
    ['Challenge', 'challenges', NAMESPACED, '', 'status'],
  ],
  'monitoring.coreos.com/v1': [
    ['ServiceMonitor', 'servicemonitors', NAMESPACED, 'smon'],
    ['PrometheusRule', 'prometheusrules', NAMESPACED, 'promrule'],
  ],
  'bitnami.com/v1alpha1': [['SealedSecret', 'sealedsecrets', NAMESPACED, '', 'status']],
}

const CUSTOM_GROUPS = new Set([
  'secrets.hashicorp.com',
  'cert-manager.io',
  'acme.cert-manager.io',
  'monitoring.coreos.com',
  'bitnami.com',
])

/** Every resource, by group and version as they are listed. */
export const SERVED: readonly Served[] = Object.entries(LINES).flatMap(([apiVersion, lines]) =>
  lines.map(([kind, plural, scope, shortNames = '', status]) => {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
    const names = shortNames === '' ? [] : [shortNames]
    const place = { group: group ?? '', version: version ?? '' }
    return { apiVersion, kind, ...place, plural, scope, shortNames: names, status: status === 'status' }
  }),
)

/** Whether the kind comes from a CustomResourceDefinition. */
export function isCustom({ group }: Served): boolean {
  return CUSTOM_GROUPS.has(group)
}

/** `deployments.apps`: how refusals name a resource. */
export function resourceWords({ plural, group }: Served): string {
  return group === '' ? plural : `${plural}.${group}`
}

/** `Deployment.apps`: how validation names a kind. */
export function kindWords({ kind, group }: Pick<Served, 'kind' | 'group'>): string {
  return group === '' ? kind : `${kind}.${group}`
}
