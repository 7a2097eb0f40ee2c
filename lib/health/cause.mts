import type { Code } from '../error.mts'
import type { Ref } from '../kube/object.mts'
import { NEXT } from './next.mts'
import { withoutCredentials } from './words.mts'
import type { Cause } from './health.mts'

/**
 * How long a sign must stand before it counts as a fact that time alone does not change:
 * so many exits of the container, so many seconds of being said, or never (`heals`: it is trouble until the clock ends).
 */
export type Patience = { exits: number } | { seconds: number } | 'heals'

/** What a container is for: its failures mean different things. */
export type Role = 'migration' | 'init' | 'main'

/** One row of the doom table: what the cluster says, and what it means. */
export interface Rule {
  /** Applies to these roles only. */
  roles?: readonly Role[]
  /** The waiting, terminated or event reason. */
  reason?: RegExp
  /** The words of a message or of a log line. */
  words?: RegExp
  code: Code
  patience: Patience
  next: keyof typeof NEXT
}

const NOW: Patience = { exits: 1 }

/**
 * A container that waits. The first row that fits wins, so what may heal stands before what may not:
 * "lookup x: no such host" is not "not found".
 */
export const WAITING: readonly Rule[] = [
  { reason: /^InvalidImageName$/, code: 'image-invalid', patience: NOW, next: 'image' },
  { reason: /^ErrImageNeverPull$/, code: 'image-missing', patience: NOW, next: 'image' },
  ...pulling(/\b429\b|toomanyrequests|rate limit/i, 'image-missing', 'heals', 'registry'),
  ...pulling(
    /\b50[0-4]\b|timeout|timed out|deadline exceeded|TLS|x509|EOF\b|connection re|no route/i,
    'image-missing',
    'heals',
    'registry',
  ),
  ...pulling(/no such host|server misbehaving|name resolution|dial tcp/i, 'image-missing', 'heals', 'registry'),
  ...pulling(
    /denied|unauthorized|authorization|forbidden|\b40[13]\b|no basic auth/i,
    'image-denied',
    NOW,
    'pullSecret',
  ),
  ...pulling(/no match for platform/i, 'cannot-run', NOW, 'platform'),
  ...pulling(/not found|manifest unknown|not exist|\b404\b/i, 'image-missing', NOW, 'image'),
  ...pulling(/invalid reference|invalid image/i, 'image-invalid', NOW, 'image'),
  ...pulling(/(?:)/, 'image-missing', 'heals', 'registry'),
  // The kubelet's own cache may lag behind (krane#886): it says so while the object is there.
  {
    reason: /^CreateContainerConfigError$/,
    words: /failed to sync .* cache/,
    code: 'config-missing',
    patience: 'heals',
    next: 'wait',
  },
  {
    reason: /^CreateContainerConfigError$/,
    words: /not found|couldn't find key|non-existent config key/,
    code: 'config-missing',
    patience: NOW,
    next: 'config',
  },
  {
    reason: /^CreateContainerConfigError$/,
    words: /runAsNonRoot|non-root|non-numeric/,
    code: 'cannot-run',
    patience: NOW,
    next: 'user',
  },
  {
    reason: /^CreateContainerError$/,
    words: /no command specified/,
    code: 'cannot-run',
    patience: NOW,
    next: 'command',
  },
  // Kubelet reasons to come: Argo reads every "…Error" and "Err…" as sick; we say it and let the clock decide.
  { reason: /^Err|Error$|BackOff$/, code: 'cannot-run', patience: 'heals', next: 'describe' },
]

function pulling(words: RegExp, code: Code, patience: Patience, next: Rule['next']): Rule[] {
  return [
    { reason: /^(ErrImagePull|ImagePullBackOff|RegistryUnavailable|ImageInspectError)$/, words, code, patience, next },
  ]
}

/** A pod that no node takes; each clause of the scheduler's message is read alone, and all must be lasting. */
export const UNSCHEDULABLE: readonly Rule[] = [
  {
    words: /node\.kubernetes\.io\/|node\.cloudprovider|not-ready|unreachable|is being/,
    code: 'unschedulable',
    patience: 'heals',
    next: 'describe',
  },
  {
    words: /unbound immediate PersistentVolumeClaims|waiting for .*PersistentVolume/,
    code: 'unschedulable',
    patience: 'heals',
    next: 'claim',
  },
  {
    words: /persistentvolumeclaim ".*" not found|storageclass\S* ".*" not found/,
    code: 'unschedulable',
    patience: { seconds: 15 },
    next: 'claim',
  },
  { words: /Insufficient|Too many pods|free ports/, code: 'unschedulable', patience: { seconds: 15 }, next: 'room' },
  {
    words: /taint|affinity|selector|topology|volume node|didn't match|No nodes|no nodes available/i,
    code: 'unschedulable',
    patience: { seconds: 15 },
    next: 'nodes',
  },
]

/** A volume that cannot be mounted. A Secret or ConfigMap that is not there is the same lack as in an env, so the same code. */
export const MOUNTING: readonly Rule[] = [
  {
    words: /failed to sync .* cache|object ".*" not registered/,
    code: 'volume-stuck',
    patience: 'heals',
    next: 'wait',
  },
  {
    words: /(secret|configmap) ".*" not found|references non-existent (secret|config) key/,
    code: 'config-missing',
    patience: { seconds: 20 },
    next: 'config',
  },
  {
    words: /not found|no such file or directory|hostPath type check failed|wrong fs type|not exist/i,
    code: 'volume-stuck',
    patience: { seconds: 20 },
    next: 'volume',
  },
  { words: /(?:)/, code: 'volume-stuck', patience: 'heals', next: 'volume' },
]

/** Pods that the API server does not let come into being: there is no pod to ask. */
export const CREATING: readonly Rule[] = [
  {
    words:
      /object has been modified|Internal error|failed calling webhook|context deadline|connection refused|timeout|etcdserver|too many requests/i,
    code: 'admission',
    patience: 'heals',
    next: 'wait',
  },
  {
    words: /exceeded quota|failed quota|insufficient quota|(maximum|minimum) \S+ usage per|limit to request ratio/i,
    code: 'quota',
    patience: { seconds: 5 },
    next: 'quota',
  },
  {
    words: /serviceaccount ".*" not found|service account/i,
    code: 'admission',
    patience: { seconds: 5 },
    next: 'account',
  },
  { words: /PodSecurity/i, code: 'admission', patience: { seconds: 5 }, next: 'podSecurity' },
  {
    words: /forbidden|denied|invalid|Unsupported value|Required value/i,
    code: 'admission',
    patience: { seconds: 5 },
    next: 'admission',
  },
  { words: /(?:)/, code: 'admission', patience: 'heals', next: 'describe' },
]

/** What the Vault operator reports. Vault's own "no" does not change by asking again; a Vault that is away may come back. */
export const VAULT: readonly Rule[] = [
  { words: /not the owner of the destination Secret/i, code: 'vault-failed', patience: NOW, next: 'ownership' },
  {
    words:
      /connection re|no such host|timeout|timed out|deadline exceeded|sealed|\b50[0-4]\b|EOF\b|x509|Vault(Auth|Connection)\S* .*not found|serviceaccounts? .*not found/i,
    code: 'vault-failed',
    patience: 'heals',
    next: 'wait',
  },
  {
    words: /permission denied|\b403\b|invalid role|role .*not (be )?found|not authorized|invalid audience/i,
    code: 'vault-failed',
    patience: { seconds: 5 },
    next: 'vaultRole',
  },
  {
    words: /empty response from Vault|no handler for route|\b404\b|no secret found|no data/i,
    code: 'vault-failed',
    patience: { seconds: 5 },
    next: 'vaultPath',
  },
  { words: /(?:)/, code: 'vault-failed', patience: 'heals', next: 'describe' },
]

/** The first row that fits this reason and these words, for this role. */
export function ruleFor(
  rules: readonly Rule[],
  said: { role?: Role; reason?: string; words?: string },
): Rule | undefined {
  const { role, reason = '', words = '' } = said
  return rules.find(
    (rule) =>
      (rule.roles === undefined || (role !== undefined && rule.roles.includes(role))) &&
      (rule.reason?.test(reason) ?? true) &&
      (rule.words?.test(words) ?? true),
  )
}

/** Whether what has been seen so often, or said for so many milliseconds, is certain by now. */
export function isCertain(patience: Patience, { exits = 1, ms = 0 }: { exits?: number; ms?: number }): boolean {
  if (patience === 'heals') return false
  return 'exits' in patience ? exits >= patience.exits : ms >= patience.seconds * 1000
}

/** What `next` may name. */
export interface Facts {
  namespace: string
  /** The object that is at fault. */
  at: Ref
  container?: string | undefined
  image?: string | undefined
  /** The Secret, ConfigMap or claim that the message names. */
  wanted?: string | undefined
}

/** A cause by a row of the table: the cluster's words without credentials, and what to do about it. */
export function causeOf(
  rule: Pick<Rule, 'code' | 'next'>,
  facts: Facts,
  says: string,
  evidence: readonly string[],
): Cause {
  return {
    code: rule.code,
    says: withoutCredentials(says),
    evidence: evidence.map((line) => withoutCredentials(line)),
    next: NEXT[rule.next](facts),
    at: facts.at,
  }
}
