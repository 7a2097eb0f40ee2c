import {
  autoscaler,
  claim,
  configMap,
  deployment,
  ingress,
  job,
  lease,
  limitRange,
  networkPolicy,
  pod,
  podTemplate,
  quota,
  role,
  roleBinding,
  secret,
  service,
  statefulSet,
} from '../manifests.mts'
import type { Manifest } from '../row.mts'
import { get, post, ssa } from '../talk.mts'
import type { Talk } from '../talk.mts'

const nowhere = { nodeSelector: { nowhere: 'yes' } }
const idle = (spec: Record<string, unknown> = {}): Manifest => deployment({ spec: { replicas: 0, ...spec } })

function object(apiVersion: string, kind: string, name: string, rest: Record<string, unknown>): Manifest {
  return { apiVersion, kind, metadata: { name }, ...rest }
}

export function cronJob(spec: Record<string, unknown> = {}): Manifest {
  const template = {
    spec: { restartPolicy: 'OnFailure', containers: [{ name: 'once', image: 'registry.test/once:abc' }] },
  }
  return object('batch/v1', 'CronJob', 'nightly', {
    spec: { schedule: '0 3 * * *', suspend: true, jobTemplate: { spec: { template } }, ...spec },
  })
}

export function daemonSet(spec: Record<string, unknown> = {}): Manifest {
  return object('apps/v1', 'DaemonSet', 'agent', {
    spec: { selector: { matchLabels: { app: 'web' } }, template: podTemplate({ pod: nowhere }), ...spec },
  })
}

export function budget(spec: Record<string, unknown> = { minAvailable: 1 }): Manifest {
  return object('policy/v1', 'PodDisruptionBudget', 'web', {
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  })
}

const probes = {
  readinessProbe: { httpGet: { port: 'http' } },
  livenessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 0 },
  startupProbe: { exec: { command: ['true'] }, failureThreshold: 60 },
  lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
}
const volumes = [
  { name: 'secret', secret: { secretName: 'keys' } },
  { name: 'map', configMap: { name: 'settings', items: [{ key: 'a', path: 'b' }] } },
  { name: 'down', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
  { name: 'all', projected: { sources: [{ secret: { name: 'keys' } }, { serviceAccountToken: { path: 'token' } }] } },
  { name: 'host', hostPath: { path: '/tmp' } },
  { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  { name: 'claim', persistentVolumeClaim: { claimName: 'data' } },
  {
    name: 'made',
    ephemeral: {
      volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    },
  },
  { name: 'nfs', nfs: { server: 'nfs.test', path: '/' } },
]

/** What the server fills in, one object of every kind and the turns of its fields. */
const KINDS: readonly (readonly [string, Manifest])[] = [
  ['a ConfigMap', configMap()],
  ['a Secret', secret()],
  [
    'a ServiceAccount',
    object('v1', 'ServiceAccount', 'runner', {
      automountServiceAccountToken: false,
      imagePullSecrets: [{ name: 'registry' }],
    }),
  ],
  ['a Service', service()],
  ['a headless Service', service({ clusterIP: 'None', publishNotReadyAddresses: true })],
  [
    'a Service with two ports',
    service({
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81, protocol: 'UDP', appProtocol: 'http' },
      ],
    }),
  ],
  [
    'a Service outside',
    service({ type: 'ExternalName', externalName: 'db.test', selector: undefined, ports: undefined }),
  ],
  ['a Service on a node port', service({ type: 'NodePort' })],
  ['a Service with affinity', service({ sessionAffinity: 'ClientIP' })],
  ['a Service of both families where there is one', service({ ipFamilyPolicy: 'PreferDualStack' })],
  ['a Deployment', idle()],
  ['a Deployment that recreates', idle({ strategy: { type: 'Recreate' } })],
  ['a Deployment with half a strategy', idle({ strategy: { rollingUpdate: { maxSurge: 0 } } })],
  ['a Deployment with probes', deployment({ container: probes, spec: { replicas: 0 } })],
  ['a Deployment with volumes', deployment({ pod: { volumes }, spec: { replicas: 0 } })],
  [
    'a Deployment with a sidecar',
    deployment({
      pod: { initContainers: [{ name: 'proxy', image: 'registry.test/proxy:abc', restartPolicy: 'Always' }] },
      spec: { replicas: 0 },
    }),
  ],
  ['a Deployment on the host', deployment({ pod: { hostNetwork: true }, spec: { replicas: 0 } })],
  [
    'a Deployment with spread and affinity',
    deployment({
      pod: {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: { app: 'web' } },
          },
        ],
        tolerations: [{ key: 'a', operator: 'Exists' }],
      },
      spec: { replicas: 0 },
    }),
  ],
  [
    'a Deployment with fields of the pod',
    deployment({
      container: {
        env: [
          { name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'R', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        ],
      },
      spec: { replicas: 0 },
    }),
  ],
  [
    'a Deployment with an image of no tag',
    deployment({ container: { image: 'registry.test/web' }, spec: { replicas: 0 } }),
  ],
  [
    'a Deployment with an image by digest',
    deployment({ container: { image: `registry.test/web@sha256:${'0'.repeat(64)}` }, spec: { replicas: 0 } }),
  ],
  [
    'a Deployment with quantities',
    deployment({
      container: {
        resources: { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: '100m', memory: 134217728 } },
      },
      spec: { replicas: 0 },
    }),
  ],
  [
    'a Deployment with zeros',
    deployment({
      pod: {
        terminationGracePeriodSeconds: 0,
        hostNetwork: false,
        enableServiceLinks: false,
        automountServiceAccountToken: false,
      },
      container: { stdin: false, tty: false },
      spec: { replicas: 0, minReadySeconds: 0, paused: false, revisionHistoryLimit: 0 },
    }),
  ],
  ['a StatefulSet', statefulSet('1Gi', { replicas: 0 })],
  [
    'a StatefulSet that waits for nobody',
    statefulSet('1Gi', { replicas: 0, podManagementPolicy: 'Parallel', updateStrategy: { type: 'OnDelete' } }),
  ],
  ['a DaemonSet', daemonSet()],
  ['a DaemonSet updated by hand', daemonSet({ updateStrategy: { type: 'OnDelete' } })],
  ['a Job', job(['true'], { suspend: true })],
  ['a Job with completions', job(['true'], { suspend: true, completions: 3, parallelism: 2 })],
  ['a Job by index', job(['true'], { suspend: true, completions: 3, completionMode: 'Indexed' })],
  [
    'a Job with a failure policy',
    job(['true'], {
      suspend: true,
      backoffLimit: 3,
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
        ],
      },
    }),
  ],
  [
    'a Job with a time to live',
    job(['true'], { suspend: true, ttlSecondsAfterFinished: 60, activeDeadlineSeconds: 30 }),
  ],
  ['a CronJob', cronJob()],
  [
    'a CronJob with its own limits',
    cronJob({
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 60,
      successfulJobsHistoryLimit: 1,
      timeZone: 'Etc/UTC',
    }),
  ],
  ['an Ingress', ingress()],
  [
    'an Ingress without a class',
    object('networking.k8s.io/v1', 'Ingress', 'edge', {
      spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    }),
  ],
  ['a NetworkPolicy', networkPolicy()],
  ['a NetworkPolicy of all', object('networking.k8s.io/v1', 'NetworkPolicy', 'inward', { spec: { podSelector: {} } })],
  [
    'a NetworkPolicy with egress',
    networkPolicy({
      policyTypes: undefined,
      egress: [
        {
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 5432, endPort: 5440 },
          ],
        },
      ],
    }),
  ],
  ['an autoscaler', autoscaler()],
  [
    'an autoscaler without metrics',
    object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3 },
    }),
  ],
  [
    'an autoscaler with a behaviour',
    object('autoscaling/v2', 'HorizontalPodAutoscaler', 'web', {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 3,
        behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
      },
    }),
  ],
  ['a disruption budget', budget()],
  ['a disruption budget in shares', budget({ maxUnavailable: '50%', unhealthyPodEvictionPolicy: 'AlwaysAllow' })],
  ['a LimitRange', limitRange()],
  [
    'a LimitRange with bounds',
    object('v1', 'LimitRange', 'limits', {
      spec: {
        limits: [
          { type: 'Container', min: { cpu: '50m' }, max: { cpu: '2', memory: '2Gi' } },
          { type: 'Pod', max: { cpu: '4' } },
          { type: 'PersistentVolumeClaim', min: { storage: '1Gi' } },
        ],
      },
    }),
  ],
  ['a quota', quota({ pods: '10', 'requests.cpu': '1000m', 'limits.memory': '2048Mi', 'count/deployments.apps': '5' })],
  ['a claim', claim()],
  [
    'a claim without a class',
    object('v1', 'PersistentVolumeClaim', 'data', {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '' },
    }),
  ],
  ['a Role', role()],
  ['a RoleBinding', roleBinding()],
  ['a Lease', lease()],
  ['a pod', pod(nowhere)],
  ['a pod with limits', pod(nowhere, { resources: { limits: { cpu: '1', memory: '1Gi' } } })],
  ['a pod without a token', pod({ ...nowhere, automountServiceAccountToken: false, enableServiceLinks: false })],
  [
    'a pod with an init container and a sidecar',
    pod({
      ...nowhere,
      initContainers: [
        { name: 'i', image: 'a:b' },
        { name: 's', image: 'a:b', restartPolicy: 'Always' },
      ],
    }),
  ],
]

/** Refusals of values, one by one. */
const WRONG: readonly (readonly [string, Manifest])[] = [
  ['a CronJob without a schedule', cronJob({ schedule: '' })],
  ['a CronJob with a schedule that is none', cronJob({ schedule: 'daily' })],
  ['a CronJob in a policy that is none', cronJob({ concurrencyPolicy: 'Maybe' })],
  ['a DaemonSet with a selector for others', daemonSet({ selector: { matchLabels: { app: 'other' } } })],
  ['a DaemonSet with a strategy that is none', daemonSet({ updateStrategy: { type: 'Recreate' } })],
  ['a disruption budget with both', budget({ minAvailable: 1, maxUnavailable: 1 })],
  ['a disruption budget below nothing', budget({ minAvailable: -1 })],
  [
    'an autoscaler upside down',
    { ...autoscaler(), spec: { ...(autoscaler()['spec'] as object), minReplicas: 5, maxReplicas: 3 } },
  ],
  ['an autoscaler of nothing', { ...autoscaler(), spec: { maxReplicas: 3 } }],
  ['a NetworkPolicy of a type that is none', networkPolicy({ policyTypes: ['Sideways'] })],
  [
    'a NetworkPolicy with a range that is none',
    networkPolicy({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0' } }] }] }),
  ],
  ['a Role without verbs', role([])],
  [
    'a RoleBinding of nothing',
    { ...roleBinding(), roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: '' } },
  ],
  ['a quota that is no number', quota({ pods: 'many' })],
  ['a quota in halves', quota({ pods: '0.5' })],
  ['a claim of nothing', { ...claim(), spec: { accessModes: ['ReadWriteOnce'], resources: {} } }],
  ['a claim without a mode', { ...claim(), spec: { resources: { requests: { storage: '1Gi' } } } }],
  ['a Service without ports', service({ ports: [] })],
  [
    'a Service with ports of one name',
    service({
      ports: [
        { name: 'a', port: 80 },
        { name: 'a', port: 81 },
      ],
    }),
  ],
  ['a Service outside without a name', service({ type: 'ExternalName', ports: undefined, selector: undefined })],
  ['a Service with a name in capitals', { ...service(), metadata: { name: 'Web' } }],
  ['a Service that begins with a number', { ...service(), metadata: { name: '1web' } }],
  ['an Ingress without rules', object('networking.k8s.io/v1', 'Ingress', 'edge', { spec: {} })],
  ['an Ingress with a host that is none', { ...ingress(), spec: { rules: [{ host: 'Not_A_Host' }] } }],
  [
    'an Ingress of no path type',
    {
      ...ingress(),
      spec: {
        rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'web', port: { number: 80 } } } }] } }],
      },
    },
  ],
  [
    'a Job with a policy of Always',
    { ...job(), spec: { template: { spec: { restartPolicy: 'Always', containers: [{ name: 'a', image: 'b' }] } } } },
  ],
  [
    'a Job without a restart policy',
    { ...job(), spec: { template: { spec: { containers: [{ name: 'a', image: 'b' }] } } } },
  ],
  ['a Job with negative patience', job(['true'], { suspend: true, activeDeadlineSeconds: -1 })],
  ['a Deployment without a selector', idle({ selector: undefined })],
  ['a Deployment with an empty selector', idle({ selector: {} })],
  ['a Deployment without a template', idle({ template: undefined })],
  ['a Deployment with a strategy that is none', idle({ strategy: { type: 'Sideways' } })],
  ['a Deployment with no surge at all', idle({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } })],
  ['a Deployment with a share that is none', idle({ strategy: { rollingUpdate: { maxSurge: 'many' } } })],
  ['a Deployment with a short deadline', idle({ progressDeadlineSeconds: 5, minReadySeconds: 10 })],
  ['a Deployment with no containers', deployment({ pod: { containers: [] }, spec: { replicas: 0 } })],
  ['a Deployment with a container of no name', deployment({ container: { name: '' }, spec: { replicas: 0 } })],
  ['a Deployment with a container in capitals', deployment({ container: { name: 'Web' }, spec: { replicas: 0 } })],
  ['a Deployment without an image', deployment({ container: { image: '' }, spec: { replicas: 0 } })],
  ['a Deployment with an image with a space', deployment({ container: { image: ' a' }, spec: { replicas: 0 } })],
  [
    'a Deployment with a variable of no name',
    deployment({ container: { env: [{ name: '', value: 'a' }] }, spec: { replicas: 0 } }),
  ],
  [
    'a Deployment with two volumes of one name',
    deployment({
      pod: {
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'a', emptyDir: {} },
        ],
      },
      spec: { replicas: 0 },
    }),
  ],
  [
    'a Deployment with a volume of two sources',
    deployment({ pod: { volumes: [{ name: 'a', emptyDir: {}, configMap: { name: 'b' } }] }, spec: { replicas: 0 } }),
  ],
  [
    'a Deployment with two mounts in one place',
    deployment({
      pod: { volumes: [{ name: 'a', emptyDir: {} }] },
      container: {
        volumeMounts: [
          { name: 'a', mountPath: '/x' },
          { name: 'a', mountPath: '/x' },
        ],
      },
      spec: { replicas: 0 },
    }),
  ],
  [
    'a Deployment with a probe of two ways',
    deployment({
      container: { livenessProbe: { httpGet: { port: 80 }, tcpSocket: { port: 80 } } },
      spec: { replicas: 0 },
    }),
  ],
  [
    'a Deployment with a probe of no way',
    deployment({ container: { livenessProbe: { periodSeconds: 3 } }, spec: { replicas: 0 } }),
  ],
  [
    'a Deployment with a probe below nothing',
    deployment({ container: { livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: -1 } }, spec: { replicas: 0 } }),
  ],
  [
    'a Deployment with a liveness that counts successes',
    deployment({
      container: { livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } },
      spec: { replicas: 0 },
    }),
  ],
  [
    'a Deployment with ports of one name',
    deployment({
      container: {
        ports: [
          { name: 'a', containerPort: 80 },
          { name: 'a', containerPort: 81 },
        ],
      },
      spec: { replicas: 0 },
    }),
  ],
  [
    'a Deployment with memory below nothing',
    deployment({ container: { resources: { limits: { memory: '-1Gi' } } }, spec: { replicas: 0 } }),
  ],
  [
    'a Deployment that may be root and may not',
    deployment({
      container: { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
      spec: { replicas: 0 },
    }),
  ],
  [
    'a Deployment with a restart policy of never',
    deployment({ pod: { restartPolicy: 'Never' }, spec: { replicas: 0 } }),
  ],
  [
    'a Deployment with an init container of that name too',
    deployment({ pod: { initContainers: [{ name: 'web', image: 'a' }] }, spec: { replicas: 0 } }),
  ],
  [
    'a Deployment with a grace below nothing',
    deployment({ pod: { terminationGracePeriodSeconds: -1 }, spec: { replicas: 0 } }),
  ],
  ['a StatefulSet with negative replicas', statefulSet('1Gi', { replicas: -1 })],
  ['a StatefulSet with a policy that is none', statefulSet('1Gi', { replicas: 0, podManagementPolicy: 'Sideways' })],
  ['a label in the selector that cannot be', idle({ selector: { matchLabels: { 'a b': 'c' } } })],
  [
    'a LimitRange of a default above its maximum',
    object('v1', 'LimitRange', 'limits', {
      spec: { limits: [{ type: 'Container', default: { cpu: '2' }, max: { cpu: '1' } }] },
    }),
  ],
  ['an owner without a uid', configMap({}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a' }] })],
  [
    'two owners that control',
    configMap(
      {},
      {
        ownerReferences: ['a', 'b'].map((name) => ({
          apiVersion: 'v1',
          kind: 'Pod',
          name,
          uid: name,
          controller: true,
        })),
      },
    ),
  ],
  ['annotations that are too many', configMap({}, { annotations: { a: 'x'.repeat(300_000) } })],
]

export const kindTalks: readonly Talk[] = [
  ...KINDS.map(([what, made]): Talk => ({
    name: `${what} as the server keeps it`,
    asks: [ssa(made), get(made), ssa(made)],
  })),
  ...WRONG.map(([what, made]): Talk => ({ name: `${what} is refused`, asks: [post(made, '&dryRun=All')] })),
]
