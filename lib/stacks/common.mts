import { z } from 'zod'
import { address, label, objectName, quantity } from './fields.mts'

const image = z.strictObject({
  /** Registry, path and name without tag: ghcr.io/acme/api. */
  repository: z
    .string()
    .regex(/^([a-zA-Z0-9.-]+(:[0-9]+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*$/, {
      message: 'must be an image repository without a tag: ghcr.io/acme/api',
    })
    .optional(),
  /** Tag of an image that does not follow the run's tag (a third party's, such as MinIO's). */
  tag: z.string().optional(),
  /** Pins the bytes; the tag stays readable beside it. */
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, { message: 'must be sha256: and 64 hexadecimal digits' })
    .optional(),
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
  /** By image name, as the stack calls it. */
  images: z.record(z.string(), image).default({}),
  /** Names of Secrets in each pod's namespace. */
  imagePullSecrets: z.array(objectName()).default([]),
  /** By container name; init containers too. Amounts that are not named stay as the stack sets them. */
  resources: z.record(label(), resources).default({}),
  /** Where pods may run; added to every pod. */
  placement: z
    .strictObject({
      nodeSelector: z.record(z.string(), z.string()).default({}),
      tolerations: z.array(toleration).default([]),
      /** A Kubernetes Affinity, taken as it is; the server checks its fields. */
      affinity: z.record(z.string(), z.unknown()).optional(),
    })
    .prefault({}),
  /** Pod Security level that landfall sets on the stack's namespaces; off leaves those labels to the administrator. */
  podSecurity: z.enum(['off', 'baseline', 'restricted']).default('off'),
  /** How proofs reach the ingress from where this runs, where its published address does not do. */
  edge: z
    .strictObject({
      /** Host or host:port of HTTPS, instead of the address in the Ingress status. */
      address: address().optional(),
      /** Host or host:port of plain HTTP, for the redirect; port 80 of the same host unless given. */
      httpAddress: address().optional(),
      /** PEM file of the authorities that are trusted instead of the system's. */
      caFile: z.string().min(1).optional(),
    })
    .prefault({}),
  /** Seconds from the lock to the proof, instead of the stack's own. */
  slo: z.number().positive().optional(),
})

export type CommonSettings = z.output<typeof commonSettings>
