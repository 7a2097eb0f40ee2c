import type { Ingress } from '../../provider.mts'
import { account, deployment, namespace, type AddonObject } from './objects.mts'

const READ = ['get', 'list', 'watch']
const RULES = [
  { apiGroups: [''], resources: ['services', 'secrets', 'configmaps', 'namespaces', 'pods'], verbs: READ },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingressclasses'], verbs: READ },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] },
]

/**
 * The class `nginx`, served by Traefik, which understands ingress-nginx's annotations; it listens on loopback only, unless
 * the node has a loopback of its own.
 */
export function ingress(
  image: string,
  { address, http, https }: Ingress,
  listen: '127.0.0.1' | '0.0.0.0' = address,
): AddonObject[] {
  const at = { name: 'traefik', namespace: 'traefik' }
  const provider = '--providers.kubernetesingressnginx'
  const args = [
    `--entrypoints.web.address=${listen}:${http}`,
    `--entrypoints.websecure.address=${listen}:${https}`,
    `${provider}=true`,
    `${provider}.controllerclass=k8s.io/ingress-nginx`,
    `${provider}.ingressclass=nginx`,
    `${provider}.httpentrypoint=web`,
    `${provider}.httpsentrypoint=websecure`,
    `${provider}.publishstatusaddress=${address}`,
    // Without it the annotation proxy-body-size limits nothing.
    `${provider}.proxyrequestbuffering=true`,
    '--global.checknewversion=false',
    '--global.sendanonymoususage=false',
  ]
  return [
    namespace(at.namespace),
    ...account(at, RULES),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'nginx' },
      spec: { controller: 'k8s.io/ingress-nginx' },
    },
    deployment(at, {
      serviceAccountName: at.name,
      hostNetwork: true,
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: at.name,
          image,
          args,
          readinessProbe: { tcpSocket: { host: address, port: https }, periodSeconds: 1 },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
          },
        },
      ],
    }),
  ]
}
