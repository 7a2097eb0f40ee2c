import { z } from 'zod'
import { hostname, label, objectName, quantity, vaultPath } from '../fields.mts'

/** A volume; the cluster's default storage class unless one is named. */
const volume = (size: string) =>
  z.strictObject({ className: objectName().optional(), size: quantity().default(size) }).prefault({})

/** WrightNow's own settings. */
export const settings = z.strictObject({
  /** Host of every service of the system: authentik answers below /auth/. The default is a placeholder that deploy refuses. */
  host: hostname().default('wrightnow.example.com'),
  /** Label `environment` of the namespaces, and how the names of those begin that wait for their service. */
  stage: label()
    .max(58, { message: 'must leave room for the names of namespaces: 58 characters at most' })
    .default('staging'),
  /** Whether the Secrets are there, come from the operator's environment, or from the Vault operator. */
  secrets: z.enum(['existing', 'environment', 'vault']).default('existing'),
  vault: z
    .strictObject({
      /** Of Vault's Kubernetes method, and the role in it. */
      authMount: vaultPath().default('kubernetes'),
      role: z.string().min(1).default('wrightnow'),
      audience: z.string().min(1).default('https://kubernetes.default.svc'),
      /** Of the kv-v2 engine; below `path` lie `postgres` and `authentik`. */
      mount: vaultPath().default('secret'),
      path: vaultPath().default('wrightnow'),
    })
    .prefault({}),
  ingress: z.strictObject({ className: objectName().default('nginx') }).prefault({}),
  tls: z
    .strictObject({
      /** Whether cert-manager issues the certificate, or the TLS Secret is there; `none` is plain HTTP, for a laptop. */
      from: z.enum(['issuer', 'existing', 'none']).default('issuer'),
      issuer: objectName().default('letsencrypt-prod'),
      secretName: objectName().default('wrightnow-tls'),
      /** Seconds that a first certificate may take, beside the SLO. */
      timeout: z.number().nonnegative().default(180),
    })
    .prefault({}),
  postgres: z.strictObject({ storage: volume('10Gi') }).prefault({}),
  redis: z.strictObject({ storage: volume('2Gi') }).prefault({}),
  authentik: z
    .strictObject({
      database: volume('5Gi'),
      /** Of the Redis that only versions before 2025.10 need. */
      redis: volume('1Gi'),
      /** What servers and worker share. With ReadWriteOnce all of them run on one node. */
      media: z
        .strictObject({
          className: objectName().optional(),
          size: quantity().default('2Gi'),
          accessMode: z.enum(['ReadWriteOnce', 'ReadWriteMany']).default('ReadWriteOnce'),
        })
        .prefault({}),
    })
    .prefault({}),
})

export type Settings = z.output<typeof settings>
