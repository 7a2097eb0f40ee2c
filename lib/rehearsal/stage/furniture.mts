import type { KubeObject } from '../../kube/object.mts'
import type { ClusterIssuer } from '../../kube/custom.mts'
import type { IngressClass, Namespace, Node, StorageClass } from '../../kube/schema/types.mts'

const NODE: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux' } },
  spec: {},
  status: {
    addresses: [
      { type: 'InternalIP', address: '192.0.2.1' },
      { type: 'Hostname', address: 'node-1' },
    ],
    allocatable: { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '50Gi' },
    capacity: { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '50Gi' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }],
  },
}

const STORAGE: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local-path', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'rancher.io/local-path',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
}

const INGRESS: IngressClass = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'nginx' },
  spec: { controller: 'k8s.io/ingress-nginx' },
}

/** An issuer whose certificates the rehearsal mints itself, under a name that somebody else's would have. */
function issuer(name: string): ClusterIssuer {
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'ACMEAccountRegistered',
    message: 'The ACME account was registered with the ACME server',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'ClusterIssuer',
    metadata: { name, generation: 1 },
    spec: { acme: { server: 'https://acme.invalid/directory', privateKeySecretRef: { name } } },
    status: { conditions: [ready] },
  }
}

function namespace(name: string): Namespace {
  const labels = { 'kubernetes.io/metadata.name': name }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels }, status: { phase: 'Active' } }
}

/** What a cluster holds before anybody deploys to it: a node, storage, a way in, and who signs. */
export function furniture(): KubeObject[] {
  const issuers = ['letsencrypt-staging', 'letsencrypt-prod'].map(issuer)
  return [namespace('default'), namespace('kube-system'), NODE, STORAGE, INGRESS, ...issuers]
}
