import { z } from 'zod'
import { address, label, objectName, quantity } from './fields.mts'

const image = z.strictObject({
  repository: z
    .string()
    .regex(/^([a-zA-Z0-9.-]+(:[0-9]+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*$/, {
      message: 'must be an image repository without a tag: ghcr.io/acme/api',
    })
    .optional()
    .describe('Registry, path and name without tag: ghcr.io/acme/api.'),
  tag: z
    .string()
    .optional()
    .describe("Tag of an image that does not follow the run's tag (a third party's, such as MinIO's)."),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, { message: 'must be sha256: and 64 hexadecimal digits' })
    .optional()
    .describe('Pins the bytes; the tag stays readable beside it.'),
})

/** Resource names and their amounts; null takes an amount away that the stack sets. */
const amounts = z.record(z.string().min(1), quantity().nullable())

const resources = z.strictObject({ requests: amounts.optional(), limits: amounts.optional() })

const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.number().int().optional(),
})

/** What every stack takes without asking for it. Unknown keys are errors. */
export const commonSettings = z.strictObject({
  images: z.record(z.string(), image).default({}).describe('By image name, as the stack calls it.'),
  imagePullSecrets: z.array(objectName()).default([]).describe("Names of Secrets in each pod's namespace."),
  resources: z
    .record(label(), resources)
    .default({})
    .describe('By container name; init containers too. Amounts that are not named stay as the stack sets them.'),
  placement: z
    .strictObject({
      nodeSelector: z.record(z.string(), z.string()).default({}),
      tolerations: z.array(toleration).default([]),
      affinity: z
        .record(z.string(), z.unknown())
        .optional()
        .describe('A Kubernetes Affinity, taken as it is; the server checks its fields.'),
    })
    .prefault({})
    .describe('Where pods may run; added to every pod.'),
  podSecurity: z
    .enum(['off', 'baseline', 'restricted'])
    .default('off')
    .describe(
      'Pod Security level that landfall sets on the namespaces of the stack that pods run in; off leaves it to the administrator.',
    ),
  edge: z
    .strictObject({
      address: address()
        .optional()
        .describe('Host or host:port of HTTPS, instead of the address in the Ingress status.'),
      httpAddress: address()
        .optional()
        .describe('Host or host:port of plain HTTP, for the redirect; port 80 of the same host unless given.'),
      caFile: z
        .string()
        .min(1)
        .optional()
        .describe("PEM file of the authorities that are trusted instead of the system's."),
    })
    .prefault({})
    .describe('How proofs reach the ingress from where this runs, where its published address does not do.'),
  slo: z.number().positive().optional().describe("Seconds from the lock to the proof, instead of the stack's own."),
})

export type CommonSettings = z.output<typeof commonSettings>
