import type { SchemaNode } from '../../kube/schema/schema.mts'

const text: SchemaNode = { type: 'string' }
const whole: SchemaNode = { type: 'integer' }
const flag: SchemaNode = { type: 'boolean' }
const texts: SchemaNode = { type: 'array', 'x-kubernetes-list-type': 'atomic', items: text }
const pairs: SchemaNode = { type: 'object', additionalProperties: text }

function oneOf(...words: string[]): SchemaNode {
  return { type: 'string', enum: words }
}

function fields(properties: Record<string, SchemaNode>, ...required: string[]): SchemaNode {
  return { type: 'object', properties, required }
}

function many(items: SchemaNode): SchemaNode {
  return { type: 'array', 'x-kubernetes-list-type': 'atomic', items }
}

function kind(spec: SchemaNode, status: Record<string, SchemaNode>): SchemaNode {
  return fields({
    apiVersion: text,
    kind: text,
    metadata: { $ref: '#/definitions/ObjectMeta' },
    spec,
    status: fields({ conditions: many(condition), ...status }),
  })
}

const condition = fields({
  type: text,
  status: oneOf('True', 'False', 'Unknown'),
  reason: text,
  message: text,
  observedGeneration: whole,
  lastTransitionTime: text,
})

const secretKey = fields({ name: text, key: text }, 'name')
const issuerRef = fields({ name: text, kind: text, group: text }, 'name')
const usages = texts

const transformation = fields({
  templates: { type: 'object', additionalProperties: fields({ name: text, text }, 'text') },
  transformationRefs: many(fields({ name: text, namespace: text, ignoreIncludes: flag, ignoreExcludes: flag }, 'name')),
  includes: texts,
  excludes: texts,
  excludeRaw: flag,
})

const login = fields({ role: text, serviceAccount: text, audiences: texts, tokenExpirationSeconds: whole })

const vaultAuth = fields({
  vaultConnectionRef: text,
  vaultAuthGlobalRef: fields({ name: text, namespace: text, allowDefault: flag }),
  namespace: text,
  allowedNamespaces: texts,
  method: oneOf('kubernetes', 'jwt', 'appRole', 'aws', 'gcp'),
  mount: text,
  params: pairs,
  headers: pairs,
  kubernetes: login,
  jwt: fields({ ...login.properties, secretRef: text }),
  appRole: fields({ roleId: text, secretRef: text }),
  storageEncryption: fields({ mount: text, keyName: text }, 'mount', 'keyName'),
})

const vaultStaticSecret = fields(
  {
    vaultAuthRef: text,
    namespace: text,
    mount: text,
    path: text,
    type: oneOf('kv-v1', 'kv-v2'),
    version: whole,
    refreshAfter: text,
    hmacSecretData: flag,
    rolloutRestartTargets: many(
      fields({ kind: oneOf('Deployment', 'DaemonSet', 'StatefulSet', 'argo.Rollout'), name: text }, 'kind', 'name'),
    ),
    destination: fields(
      { name: text, create: flag, overwrite: flag, labels: pairs, annotations: pairs, type: text, transformation },
      'name',
    ),
    syncConfig: fields({ instantUpdates: flag }),
  },
  'destination',
  'mount',
  'path',
  'type',
)

const certificate = fields(
  {
    secretName: text,
    issuerRef,
    dnsNames: texts,
    commonName: text,
    duration: text,
    renewBefore: text,
    usages,
    isCA: flag,
    revisionHistoryLimit: whole,
    privateKey: fields({
      algorithm: oneOf('RSA', 'ECDSA', 'Ed25519'),
      size: whole,
      encoding: oneOf('PKCS1', 'PKCS8'),
      rotationPolicy: oneOf('Never', 'Always'),
    }),
    secretTemplate: fields({ labels: pairs, annotations: pairs }),
  },
  'issuerRef',
  'secretName',
)

const solver = fields({
  http01: fields({ ingress: fields({ ingressClassName: text, class: text, name: text }) }),
  selector: fields({ dnsNames: texts, dnsZones: texts, matchLabels: pairs }),
})

const issuer = fields({
  selfSigned: fields({ crlDistributionPoints: texts }),
  ca: fields({ secretName: text }, 'secretName'),
  acme: fields(
    { server: text, email: text, privateKeySecretRef: secretKey, caBundle: text, solvers: many(solver) },
    'privateKeySecretRef',
    'server',
  ),
})

const signed = { notBefore: text, notAfter: text, renewalTime: text, nextPrivateKeySecretName: text }
const failing = { lastFailureTime: text, failedIssuanceAttempts: whole, revision: whole }
const account = { acme: fields({ uri: text, lastRegisteredEmail: text }) }
const acme = { state: text, reason: text, presented: flag, processing: flag, url: text, failureTime: text }
const step = fields({ dnsName: text, dnsNames: texts, issuerRef, request: text, token: text, type: text, url: text })

const endpoint = fields({
  port: text,
  path: text,
  scheme: oneOf('http', 'https'),
  interval: text,
  scrapeTimeout: text,
  honorLabels: flag,
  params: { type: 'object', additionalProperties: texts },
})

const serviceMonitor = fields(
  {
    selector: fields({ matchLabels: pairs }),
    namespaceSelector: fields({ any: flag, matchNames: texts }),
    jobLabel: text,
    targetLabels: texts,
    podTargetLabels: texts,
    sampleLimit: whole,
    endpoints: many(endpoint),
  },
  'selector',
  'endpoints',
)

const rule = fields({ alert: text, record: text, expr: text, for: text, labels: pairs, annotations: pairs }, 'expr')

const prometheusRule = fields({
  groups: many(fields({ name: text, interval: text, rules: many(rule) }, 'name')),
})

const sealedSecret = fields(
  {
    encryptedData: pairs,
    template: fields({
      type: text,
      immutable: flag,
      data: pairs,
      metadata: fields({ name: text, namespace: text, labels: pairs, annotations: pairs, creationTimestamp: text }),
    }),
  },
  'encryptedData',
)

/**
 * The kinds of the Vault operator (1.4), cert-manager (1.21), the Prometheus operator and Sealed Secrets, as far as
 * stacks use and verdicts read them.
 */
export const CUSTOM: Readonly<Record<string, SchemaNode>> = {
  'secrets.hashicorp.com/v1beta1/VaultAuth': kind(vaultAuth, { valid: flag, error: text, specHash: text }),
  'secrets.hashicorp.com/v1beta1/VaultConnection': kind(
    fields({ address: text, skipTLSVerify: flag, caCertSecretRef: text, headers: pairs }, 'address'),
    { valid: flag },
  ),
  'secrets.hashicorp.com/v1beta1/VaultStaticSecret': kind(vaultStaticSecret, {
    lastGeneration: whole,
    secretMAC: text,
  }),
  'cert-manager.io/v1/Certificate': kind(certificate, { ...signed, ...failing }),
  'cert-manager.io/v1/CertificateRequest': kind(fields({ issuerRef, request: text, usages }, 'issuerRef', 'request'), {
    failureTime: text,
    certificate: text,
    ca: text,
  }),
  'cert-manager.io/v1/ClusterIssuer': kind(issuer, account),
  'cert-manager.io/v1/Issuer': kind(issuer, account),
  'acme.cert-manager.io/v1/Order': kind(step, acme),
  'acme.cert-manager.io/v1/Challenge': kind(step, acme),
  'monitoring.coreos.com/v1/ServiceMonitor': kind(serviceMonitor, {}),
  'monitoring.coreos.com/v1/PrometheusRule': kind(prometheusRule, {}),
  'bitnami.com/v1alpha1/SealedSecret': kind(sealedSecret, { observedGeneration: whole }),
}
