import type { KubeObject, ObjectMeta } from './object.mts'
import type { Condition } from './schema/types.mts'

/** A reference to a cert-manager issuer; `group` only for issuers of other projects. */
export interface IssuerRef {
  name: string
  kind?: 'ClusterIssuer' | 'Issuer'
  group?: string
}

/** How the Vault operator logs in (secrets.hashicorp.com/v1beta1). */
export interface VaultAuth extends KubeObject {
  apiVersion: 'secrets.hashicorp.com/v1beta1'
  kind: 'VaultAuth'
  metadata: ObjectMeta
  spec: {
    vaultConnectionRef?: string
    vaultAuthGlobalRef?: { name?: string; namespace?: string; allowDefault?: boolean }
    namespace?: string
    allowedNamespaces?: string[]
    method?: 'kubernetes' | 'jwt' | 'appRole' | 'aws' | 'gcp'
    mount?: string
    params?: Record<string, string>
    headers?: Record<string, string>
    kubernetes?: { role?: string; serviceAccount?: string; audiences?: string[]; tokenExpirationSeconds?: number }
  }
  status?: { valid?: boolean; error?: string; conditions?: Condition[]; specHash?: string }
}

/** Copies one Vault path into a Secret (secrets.hashicorp.com/v1beta1). */
export interface VaultStaticSecret extends KubeObject {
  apiVersion: 'secrets.hashicorp.com/v1beta1'
  kind: 'VaultStaticSecret'
  metadata: ObjectMeta
  spec: {
    vaultAuthRef?: string
    namespace?: string
    mount: string
    path: string
    type: 'kv-v1' | 'kv-v2'
    version?: number
    /** A number and s, m or h: `30s`. */
    refreshAfter?: string
    /** The operator ignores `rolloutRestartTargets` where this is false. */
    hmacSecretData?: boolean
    rolloutRestartTargets?: { kind: 'Deployment' | 'DaemonSet' | 'StatefulSet' | 'argo.Rollout'; name: string }[]
    destination: {
      name: string
      create?: boolean
      overwrite?: boolean
      labels?: Record<string, string>
      annotations?: Record<string, string>
      type?: string
      transformation?: VaultTransformation
    }
    syncConfig?: { instantUpdates?: boolean }
  }
  status?: {
    /** Also set where the sync failed: no sign of success. */
    lastGeneration?: number
    secretMAC?: string
    /** None below operator 1.0; `Ready` since 1.3. */
    conditions?: Condition[]
  }
}

export interface VaultTransformation {
  templates?: Record<string, { name?: string; text: string }>
  transformationRefs?: { name: string; namespace?: string; ignoreIncludes?: boolean; ignoreExcludes?: boolean }[]
  includes?: string[]
  excludes?: string[]
  excludeRaw?: boolean
}

/** A certificate that cert-manager keeps in a Secret (cert-manager.io/v1). */
export interface Certificate extends KubeObject {
  apiVersion: 'cert-manager.io/v1'
  kind: 'Certificate'
  metadata: ObjectMeta
  spec: {
    secretName: string
    issuerRef: IssuerRef
    dnsNames?: string[]
    commonName?: string
    duration?: string
    renewBefore?: string
    usages?: string[]
    revisionHistoryLimit?: number
    privateKey?: {
      algorithm?: 'RSA' | 'ECDSA' | 'Ed25519'
      size?: number
      encoding?: 'PKCS1' | 'PKCS8'
      rotationPolicy?: 'Never' | 'Always'
    }
    secretTemplate?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  }
  status?: {
    conditions?: Condition[]
    notBefore?: string
    notAfter?: string
    renewalTime?: string
    revision?: number
    lastFailureTime?: string
    failedIssuanceAttempts?: number
    nextPrivateKeySecretName?: string
  }
}

/** One attempt at a certificate; read for its words, never written (cert-manager.io/v1). */
export interface CertificateRequest extends KubeObject {
  apiVersion: 'cert-manager.io/v1'
  kind: 'CertificateRequest'
  metadata: ObjectMeta
  spec: { issuerRef: IssuerRef; request: string }
  status?: { conditions?: Condition[]; failureTime?: string }
}

/** Who signs, for the whole cluster (cert-manager.io/v1). */
export interface ClusterIssuer extends KubeObject {
  apiVersion: 'cert-manager.io/v1'
  kind: 'ClusterIssuer'
  metadata: ObjectMeta
  spec: {
    selfSigned?: { crlDistributionPoints?: string[] }
    ca?: { secretName: string }
    acme?: {
      server: string
      email?: string
      privateKeySecretRef: { name: string; key?: string }
      caBundle?: string
      solvers?: {
        http01?: { ingress?: { ingressClassName?: string; class?: string } }
        selector?: { dnsNames?: string[]; dnsZones?: string[]; matchLabels?: Record<string, string> }
      }[]
    }
  }
  status?: { conditions?: Condition[]; acme?: { uri?: string; lastRegisteredEmail?: string } }
}

/** Which Services a Prometheus operator collects from (monitoring.coreos.com/v1). */
export interface ServiceMonitor extends KubeObject {
  apiVersion: 'monitoring.coreos.com/v1'
  kind: 'ServiceMonitor'
  metadata: ObjectMeta
  spec: {
    selector: { matchLabels?: Record<string, string> }
    namespaceSelector?: { any?: boolean; matchNames?: string[] }
    jobLabel?: string
    targetLabels?: string[]
    podTargetLabels?: string[]
    sampleLimit?: number
    endpoints: {
      port?: string
      path?: string
      scheme?: 'http' | 'https'
      interval?: string
      scrapeTimeout?: string
      honorLabels?: boolean
      params?: Record<string, string[]>
    }[]
  }
}

/** Alerts and recorded series of a Prometheus operator (monitoring.coreos.com/v1). */
export interface PrometheusRule extends KubeObject {
  apiVersion: 'monitoring.coreos.com/v1'
  kind: 'PrometheusRule'
  metadata: ObjectMeta
  spec: {
    groups?: {
      name: string
      interval?: string
      rules?: {
        alert?: string
        record?: string
        expr: string | number
        for?: string
        labels?: Record<string, string>
        annotations?: Record<string, string>
      }[]
    }[]
  }
}
