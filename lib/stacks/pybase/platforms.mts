import type { KubeObject } from '../../kube/object.mts'
import type { Ingress } from '../../kube/schema/types.mts'
import { patch } from '../patch.mts'

/** What is different from one vendor's cluster to another's. */
export interface Platform {
  /** The cluster's default unless named. */
  storageClass?: string
  ingress: {
    className: string
    annotations?: Readonly<Record<string, string>>
    /** Where its controller's pods are, or which addresses a load balancer outside the cluster asks from. */
    from: { namespace: string } | { cidrs: readonly string[] }
    /** Who holds the certificate: a Secret here, or the load balancer itself. */
    certificate: 'secret' | 'platform'
  }
  /** How a ServiceAccount says which identity of the cloud it has. */
  identity?: { annotation: string; podLabels?: Readonly<Record<string, string>> }
  /** Endpoints on the node that an identity is fetched from. */
  metadata?: readonly { cidr: string; port: number }[]
}

export const platformNames = ['none', 'eks', 'gke', 'aks', 'k3s', 'kubeadm', 'minikube', 'microk8s'] as const

export type PlatformName = (typeof platformNames)[number]

const NGINX = { className: 'nginx', from: { namespace: 'ingress-nginx' }, certificate: 'secret' } as const

/**
 * The differences, platform by platform. docs/platforms tells how each cluster is set up so that these names are there.
 */
export const PLATFORMS = {
  none: { ingress: NGINX },
  eks: {
    storageClass: 'gp3',
    ingress: {
      className: 'alb',
      annotations: {
        'alb.ingress.kubernetes.io/scheme': 'internet-facing',
        'alb.ingress.kubernetes.io/target-type': 'ip',
        'alb.ingress.kubernetes.io/listen-ports': '[{"HTTP": 80}, {"HTTPS": 443}]',
        'alb.ingress.kubernetes.io/ssl-redirect': '443',
        'alb.ingress.kubernetes.io/healthcheck-path': '/health',
      },
      // The load balancer's own addresses, in the subnets of the VPC: only its owner knows them.
      from: { cidrs: [] },
      certificate: 'platform',
    },
    identity: { annotation: 'eks.amazonaws.com/role-arn' },
  },
  gke: {
    storageClass: 'standard-rwo',
    ingress: {
      className: 'gce',
      annotations: {
        'networking.gke.io/managed-certificates': 'pybase',
        'networking.gke.io/v1beta1.FrontendConfig': 'pybase',
      },
      // Google's load balancers and health checks.
      from: { cidrs: ['130.211.0.0/22', '35.191.0.0/16'] },
      certificate: 'platform',
    },
    identity: { annotation: 'iam.gke.io/gcp-service-account' },
    metadata: [
      { cidr: '169.254.169.254/32', port: 80 },
      { cidr: '169.254.169.252/32', port: 988 },
    ],
  },
  aks: {
    storageClass: 'managed-csi',
    ingress: {
      className: 'azure-application-gateway',
      annotations: {
        'appgw.ingress.kubernetes.io/ssl-redirect': 'true',
        'appgw.ingress.kubernetes.io/health-probe-path': '/health',
      },
      // The gateway's subnet: only its owner knows it.
      from: { cidrs: [] },
      certificate: 'secret',
    },
    identity: {
      annotation: 'azure.workload.identity/client-id',
      podLabels: { 'azure.workload.identity/use': 'true' },
    },
  },
  k3s: {
    storageClass: 'local-path',
    ingress: { className: 'traefik', from: { namespace: 'kube-system' }, certificate: 'secret' },
  },
  kubeadm: { ingress: NGINX },
  minikube: { storageClass: 'standard', ingress: NGINX },
  microk8s: {
    storageClass: 'microk8s-hostpath',
    ingress: {
      className: 'public',
      annotations: { 'nginx.ingress.kubernetes.io/ssl-redirect': 'true' },
      from: { namespace: 'ingress' },
      certificate: 'secret',
    },
  },
} as const satisfies Record<PlatformName, Platform>

export function platformOf(name: PlatformName): Platform {
  return PLATFORMS[name]
}

/**
 * The Ingress as the class's controller wants it. GKE's knows no `ingressClassName`: the older annotation names it; and
 * its certificate and its redirect are objects of their own.
 * https://cloud.google.com/kubernetes-engine/docs/how-to/managed-certs
 */
export function ingressFor(ingress: Ingress, domain: string): KubeObject[] {
  if (ingress.spec?.ingressClassName !== 'gce') return [ingress]
  const { name } = ingress.metadata
  return [
    ...patch([ingress], `Ingress/${name}`, {
      metadata: { annotations: { 'kubernetes.io/ingress.class': 'gce' } },
      spec: { ingressClassName: null },
    }),
    custom('networking.gke.io/v1', 'ManagedCertificate', { domains: [domain] }),
    custom('networking.gke.io/v1beta1', 'FrontendConfig', { redirectToHttps: { enabled: true } }),
  ]
}

function custom(apiVersion: string, kind: string, spec: object): KubeObject {
  return { apiVersion, kind, metadata: { name: 'pybase' }, spec } as KubeObject
}
