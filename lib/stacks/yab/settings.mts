import { z } from 'zod'
import { cidr, duration, hostname, label, objectName, quantity, replicas, vaultPath } from '../fields.mts'

const ingress = () =>
  z
    .strictObject({
      enabled: z.boolean().default(true),
      host: hostname().optional().describe('Instead of the one below `domain`.'),
    })
    .prefault({})

const token = () =>
  z.enum(['none', 'mounted']).default('none').describe("Whether its pods get a token of the cluster's API.")

const spread = () =>
  z
    .enum(['prefer', 'require'])
    .default('prefer')
    .describe('Two pods on one node where there is no other room, or never.')

const site = () =>
  z
    .strictObject({
      enabled: z.boolean().default(true),
      replicaCount: replicas(1),
      ingress: ingress(),
      serviceAccountToken: token(),
      spread: spread(),
      config: z
        .record(z.string().min(1), z.string())
        .default({})
        .describe('What else config.js tells the browser; everybody can read it.'),
    })
    .prefault({})

const api = z
  .strictObject({
    enabled: z.boolean().default(true),
    replicaCount: replicas(2),
    gunicornWorkers: z.number().int().min(1).default(2).describe('Processes in each pod.'),
    ingress: ingress(),
    serviceAccountToken: token(),
    spread: spread(),
    autoscaling: z
      .strictObject({
        enabled: z.boolean().default(false),
        minReplicas: replicas(2),
        maxReplicas: replicas(6),
        targetCPUUtilizationPercentage: z.number().int().min(1).max(100).default(70),
      })
      .prefault({}),
    disruptionBudget: z
      .strictObject({ enabled: z.boolean().default(false), minAvailable: z.number().int().min(1).default(1) })
      .prefault({}),
  })
  .prefault({})

const worker = z
  .strictObject({
    enabled: z.boolean().default(false),
    command: z.array(z.string().min(1)).default([]).describe("How the API's image is started as a worker."),
    replicaCount: replicas(1),
    idempotent: z
      .boolean()
      .default(false)
      .describe('That a job may run twice and before an earlier one: without it there is never more than one worker.'),
    grace: z.number().int().min(1).default(60).describe('Seconds that a job may still run when its pod has to go.'),
    serviceAccountToken: token(),
  })
  .prefault({})

/** Where something outside is, for NetworkPolicies. */
const endpoint = (port: number) =>
  z.strictObject({ cidr: cidr().optional(), port: z.number().int().min(1).max(65_535).default(port) }).prefault({})

const observability = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('ServiceMonitor, alerts and dashboard; needs the Prometheus operator.'),
    namespace: label().default('observability').describe("Prometheus's and Grafana's."),
    release: z.string().min(1).default('kube-prometheus-stack').describe("What that Prometheus's selectors ask for."),
    otlpEndpoint: z
      .string()
      .regex(/^https?:\/\/[^:@/\s]+(:\d+)?\/?$/, {
        message: 'must be a URL such as http://collector.observability:4318',
      })
      .optional()
      .describe('Of an OpenTelemetry collector.'),
    grafana: z
      .strictObject({
        host: hostname().optional().describe('Where Grafana is shown, behind a password; nowhere unless set.'),
        service: label().default('kube-prometheus-stack-grafana'),
        port: z.number().int().min(1).max(65_535).default(80),
        authSecret: objectName().default('grafana-users').describe('Key auth: a file of htpasswd.'),
      })
      .prefault({}),
  })
  .prefault({})

/** What an operator may say to yetanotherboilerplate; the keys below `api` are those of its first chart. */
export const settings = z
  .strictObject({
    /** api.<domain>, app.<domain>, admin.<domain>. The default is a placeholder that deploy refuses. */
    domain: hostname().default('example.dev'),
    api,
    web: site(),
    admin: site(),
    worker,
    secrets: z
      .enum(['vault', 'sealed', 'environment', 'existing'])
      .default('vault')
      .describe('Who fills api-env: Vault, a SealedSecret file, the variables of whoever deploys, or somebody before.'),
    sealedSecrets: z.array(z.string().min(1)).default([]).describe('Files that kubeseal wrote, taken as they are.'),
    vault: z
      .strictObject({
        authMount: vaultPath().default('kubernetes'),
        role: z.string().min(1).default('yab'),
        audience: z.string().min(1).default('https://kubernetes.default.svc'),
        mount: vaultPath().default('secret'),
        apiPath: vaultPath().default('yab/api'),
        workerPath: vaultPath().default('yab/worker'),
        refreshAfter: duration().default('1h'),
      })
      .prefault({}),
    ingress: z
      .strictObject({
        className: objectName().default('nginx'),
        namespace: label().default('ingress').describe("The ingress controller's."),
      })
      .prefault({}),
    tls: z
      .strictObject({
        from: z
          .enum(['issuer', 'existing', 'none'])
          .default('issuer')
          .describe('cert-manager, Secrets that are there, or plain HTTP.'),
        issuer: objectName().default('letsencrypt-prod'),
        /** Seconds that first certificates may take, beside the SLO. */
        timeout: z.number().nonnegative().default(180),
      })
      .prefault({}),
    issuers: z
      .strictObject({
        from: z.enum(['stack', 'existing']).default('stack').describe('Who makes the ClusterIssuer of tls.issuer.'),
        email: z.email().optional().describe("Of the account at Let's Encrypt, which needs none."),
      })
      .prefault({}),
    observability,
    networkPolicy: z
      .strictObject({
        enabled: z.boolean().default(true),
        database: endpoint(5432),
        redis: endpoint(6379),
      })
      .prefault({}),
    limits: z
      .strictObject({
        enabled: z.boolean().default(false),
        quota: z
          .record(z.string().min(1), quantity())
          .default({
            'requests.cpu': '4',
            'requests.memory': '8Gi',
            'limits.cpu': '12',
            'limits.memory': '16Gi',
            pods: '40',
          })
          .describe('Of the whole home namespace.'),
      })
      .prefault({}),
    ops: z.boolean().default(false).describe('Whether there is a namespace ops for tools of operators.'),
  })
  .superRefine((said, context) => {
    for (const { path, message } of contradictions(said)) context.addIssue({ code: 'custom', path, message })
  })

export type Settings = z.output<typeof settings>

/** Settings by environment; production's preset says what differs from the careful defaults. */
export const environments = {
  local: {
    domain: 'local.dev',
    secrets: 'environment',
    tls: { from: 'none', issuer: 'self-signed' },
    networkPolicy: { enabled: false },
    api: { replicaCount: 1, gunicornWorkers: 1 },
  },
  staging: { tls: { issuer: 'letsencrypt-staging' } },
  production: { limits: { enabled: true } },
} as const

interface Contradiction {
  path: string[]
  message: string
}

function contradictions({ api, worker, secrets, sealedSecrets, tls, issuers }: Omit<Settings, 'ops'>): Contradiction[] {
  const { minReplicas, maxReplicas } = api.autoscaling
  const rules: [boolean, string[], string][] = [
    [
      maxReplicas < minReplicas,
      ['api', 'autoscaling', 'maxReplicas'],
      `must be at least api.autoscaling.minReplicas (${minReplicas})`,
    ],
    [
      worker.enabled && worker.command.length === 0,
      ['worker', 'command'],
      'must say how a worker is started: which queue it serves is decided before it is turned on',
    ],
    [
      worker.replicaCount > 1 && !worker.idempotent,
      ['worker', 'replicaCount'],
      'must be 1 unless worker.idempotent=true: two workers take jobs out of their order',
    ],
    [
      secrets === 'sealed' && sealedSecrets.length === 0,
      ['sealedSecrets'],
      'must name the files that kubeseal wrote, as secrets=sealed',
    ],
    [
      secrets !== 'sealed' && sealedSecrets.length > 0,
      ['sealedSecrets'],
      `must be empty unless secrets=sealed: here ${secrets} fills the Secrets`,
    ],
    [
      tls.from === 'issuer' && issuers.from === 'stack' && !ISSUERS.includes(tls.issuer),
      ['tls', 'issuer'],
      `must be ${ISSUERS.join(', ')}, or one that is there (issuers.from=existing)`,
    ],
  ]
  return rules.filter(([broken]) => broken).map(([, path, message]) => ({ path, message }))
}

/** The ClusterIssuers that the stack can make. */
const ISSUERS: readonly string[] = ['letsencrypt-staging', 'letsencrypt-prod', 'self-signed']
