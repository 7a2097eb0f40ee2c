import { NET } from '../layout.mts'
import { account, deployment, type AddonObject } from './objects.mts'

const COREFILE = `cluster.local:1053 in-addr.arpa:1053 ip6.arpa:1053 {
    errors
    ready :8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    cache 5
}
.:1053 {
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`

const READS = [
  { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
]

/**
 * Names inside the cluster. Names outside it do not exist: the second server block says so at once; as a plugin of
 * the first it would run before the cluster's own names.
 */
export function dns(image: string): AddonObject[] {
  const at = { name: 'coredns', namespace: 'kube-system' }
  return [
    ...account(at, READS),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: at, data: { Corefile: COREFILE } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
      spec: {
        clusterIP: NET.dnsService,
        selector: { app: 'coredns' },
        ports: [
          { name: 'dns', port: 53, targetPort: 1053, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, targetPort: 1053, protocol: 'TCP' },
        ],
      },
    },
    deployment(at, {
      serviceAccountName: 'coredns',
      dnsPolicy: 'Default',
      containers: [
        {
          name: 'coredns',
          image,
          args: ['-conf', '/etc/coredns/Corefile'],
          volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
          readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
          securityContext: {
            runAsUser: 65532,
            runAsNonRoot: true,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
      volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
    }),
  ]
}
