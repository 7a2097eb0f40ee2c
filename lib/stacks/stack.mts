import type { z } from 'zod'
import type { Code } from '../error.mts'
import type { KubeObject } from '../kube/object.mts'
import type { ProofSpec } from '../proof/spec.mts'
import type { Staging, StagingContext } from '../rehearsal/stage/staging.mts'
import type { Redacted } from '../report/redact.mts'

/** A named group of objects that becomes ready together; starts as soon as what it needs is ready. */
export interface Component {
  name: string
  needs: readonly string[]
  objects: readonly KubeObject[]
}

/** A Secret that pods read and that something outside this stack, or a VaultStaticSecret in it, provides. */
export interface SecretNeed {
  namespace: string
  name: string
  keys: readonly string[]
}

/** One side of an agreement: a literal (`also` holds other spellings of the same) or a key of a Secret. */
export type Told = { literal: string; also?: readonly string[] } | { secret: string; key: string }

/** Two things that must say the same, or the stack cannot work: checked before the first write. */
export interface Agreement {
  code: Code
  namespace: string
  /** What disagrees, in the operator's words: "S3_BUCKET_NAME of api-env and the bucket that is made". */
  about: string
  left: Told
  right: Told
  next: string
}

/** What is to be in the cluster: rendered, in normal form, no I/O done yet. */
export interface Desired {
  stack: string
  /** Namespace of the lock and the records; the stack's objects may name others. */
  home: string
  components: readonly Component[]
  proofs: readonly ProofSpec[]
  secrets: readonly SecretNeed[]
  agreements: readonly Agreement[]
  /** What the operator should know although nothing is wrong: warnings of the preflight. */
  advice?: readonly string[]
  /** Hash of every rendered object: two renderings are the same release exactly when it is equal. */
  digest: string
  /** Milliseconds from the lock to the proof. */
  slo: number
  /** Milliseconds added where a certificate has to be issued for the first time. */
  tlsTimeout: number
  /** Image tag per image name, as asked for. */
  tags: Readonly<Record<string, string>>
  /**
   * Where the app is asked while its pods are replaced, over HTTPS unless said, and the fields of its JSON answer that
   * tell the schema revision and the build, if it tells them.
   */
  health?: { scheme?: 'http'; host: string; path: string; revisionField?: string; buildField?: string }
}

/** What a stack's functions are given. */
export interface Context<S> {
  settings: S
  /** `production` unless asked otherwise. */
  environment: string
  namespace: string
  /** The full reference: repository (a setting) and tag or digest. */
  image: (name: string) => string
  tag: (name: string) => string
  /** The text of a file that the settings name. */
  file: (path: string) => string
}

/**
 * A stack as its author writes it: a function of settings and tags, no I/O. Its functions are only ever given what its own
 * schema made, which is why any stack may stand where a `Stack<unknown>` is asked for (methods, not function fields).
 */
export interface Stack<S = unknown> {
  name: string
  /** Default repository by image name; each is a setting `images.<name>.repository`. */
  images: Readonly<Record<string, string>>
  settings: z.ZodType<S>
  /** By environment: settings, its own and common ones, that lie between the defaults and what the operator says. */
  environments?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Settings that a rehearsal needs and that have no usable default: a domain. */
  rehearsal?: Readonly<Record<string, unknown>>
  /** What it brings to a rehearsal beyond that: programs, and what Vault and hand-made Secrets hold. */
  staging?(context: StagingContext<S>): Staging
  /** Default home namespace; the stack's name unless given. */
  namespace?: string
  /** Of a stack that was read from files: values in them that nobody may print, and what the operator should know. */
  told?: { secrets: readonly Redacted[]; notes: readonly string[] }
  /** Milliseconds; 120 000 unless given. */
  slo?: number
  /** Milliseconds added where an issuer has to make the certificate for the first time; none unless given. */
  tlsTimeout?(context: Context<S>): number
  /** Tags that are refused or accepted beyond the general rule. */
  tagRule?: (tag: string) => string | undefined
  /** The files that its settings name and that `file` gives the text of: nothing in a stack reads them itself. */
  reads?(settings: S): readonly string[]
  components(context: Context<S>): readonly Component[]
  proofs(context: Context<S>): readonly ProofSpec[]
  secrets?(context: Context<S>): readonly SecretNeed[]
  agreements?(context: Context<S>): readonly Agreement[]
  /** Sentences that preflight shows as warnings. */
  advice?(context: Context<S>): readonly string[]
  health?(context: Context<S>): Desired['health']
}

/** Infers the settings' type; says what a stack is. */
export function stack<S>(definition: Stack<S>): Stack<S> {
  return definition
}

/** A component of these objects. */
export function component(
  name: string,
  objects: KubeObject | readonly KubeObject[],
  options: { needs?: readonly string[] } = {},
): Component {
  return { name, needs: options.needs ?? [], objects: Array.isArray(objects) ? objects : [objects as KubeObject] }
}
