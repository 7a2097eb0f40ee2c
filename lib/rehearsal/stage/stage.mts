import type { Pod } from '../../kube/schema/types.mts'
import type { Part } from './script.mts'

/** What a registry says of an image; the first row that fits wins. */
export interface ImageRow {
  image: RegExp
  /** On the node already; otherwise it is pulled, and then it is. */
  present?: boolean
  /** The runtime's words where it cannot be pulled; `$IMAGE` stands for its full name. */
  fails?: string
  /** Why the runtime cannot even read its name. */
  invalid?: string
  /** Milliseconds that a pull takes. */
  takes?: number
}

/** Pods that the API server refuses to make. */
export interface Refusal {
  namespace?: RegExp
  /** Name of the pod, or of the set it is made for. */
  pod?: RegExp
  /** Its words after `pods "x" is forbidden: `. */
  says: string | ((pod: Pod) => string | undefined)
}

/** A volume that the node cannot mount, in the kubelet's words. */
export interface VolumeTrouble {
  /** Name of the claim behind it. */
  claim?: RegExp
  /** Reason of the event. */
  reason: 'FailedMount' | 'FailedAttachVolume'
  says: string
}

/** What goes wrong with a Vault resource, in the operator's words. */
export interface VaultTrouble {
  kind: 'VaultAuth' | 'VaultStaticSecret'
  name?: RegExp
  /** Reason of the event and of the condition. */
  reason: string
  says: string
  /** The operator leaves the status as it is and only writes an event. */
  onlyEvent?: boolean
}

export interface CertificateTrouble {
  name?: RegExp
  /** Never issued: the challenge waits with these words. `failed` ends the order instead. */
  state: 'stuck' | 'failed'
  says: string
}

/** A certificate with its chain, and its key, in PEM. */
export type MintedPair = Readonly<Record<'tls.crt' | 'tls.key', string>>

/** Milliseconds that the cluster takes for what nobody can see inside of. */
export interface Delays {
  /** From a change to the controller's answer. */
  react: number
  schedule: number
  /** A pod's network. */
  sandbox: number
  pull: number
  create: number
  /** From the start of a container to the kubelet's word of it. */
  publish: number
  /** From the end of a container to the kubelet's notice of it. */
  relist: number
  /** Between two looks at a pod that waits for something that is not there. */
  resync: number
  provision: number
  ingress: number
  vault: number
  issue: number
  /** Between the end of a pod's containers and its removal. */
  remove: number
}

/** Everything that a rehearsal cannot compute: what containers do, what is in registries and in Vault, who says no. */
export interface Stage {
  parts: readonly Part[]
  images: readonly ImageRow[]
  refusals: readonly Refusal[]
  volumes: readonly VolumeTrouble[]
  /** Of the kv-v2 engine, by `mount/path`. */
  vault: { data: Readonly<Record<string, Readonly<Record<string, string>>>>; troubles: readonly VaultTrouble[] }
  certificates: {
    /** A certificate and its key for these names, in PEM. */
    mint: (names: readonly string[]) => MintedPair | Promise<MintedPair>
    troubles: readonly CertificateTrouble[]
  }
  ingressAddress: string
  delays: Delays
  /** What runs leave behind, by name. */
  state: Map<string, string>
}

export const DELAYS: Delays = {
  react: 10,
  schedule: 30,
  sandbox: 400,
  pull: 700,
  create: 150,
  publish: 250,
  relist: 1_000,
  resync: 12_000,
  provision: 1_500,
  ingress: 300,
  vault: 300,
  issue: 1_200,
  remove: 200,
}

/** What a stage may be given; the rest is an empty, healthy one. */
export type StageOptions = Partial<Omit<Stage, 'delays' | 'vault' | 'certificates'>> & {
  delays?: Partial<Delays>
  vault?: Partial<Stage['vault']>
  certificates?: Partial<Stage['certificates']>
}

/** From here on these rows stand before those that the stage has. */
export function restage(stage: Stage, { parts, images, refusals, volumes, vault, certificates }: StageOptions): void {
  stage.parts = [...(parts ?? []), ...stage.parts]
  stage.images = [...(images ?? []), ...stage.images]
  stage.refusals = [...(refusals ?? []), ...stage.refusals]
  stage.volumes = [...(volumes ?? []), ...stage.volumes]
  stage.vault = {
    data: { ...stage.vault.data, ...vault?.data },
    troubles: [...(vault?.troubles ?? []), ...stage.vault.troubles],
  }
  stage.certificates = {
    mint: certificates?.mint ?? stage.certificates.mint,
    troubles: [...(certificates?.troubles ?? []), ...stage.certificates.troubles],
  }
}

/** A stage of these rows; an image whose tag is `nope` is in no registry. */
export function makeStage(options: StageOptions = {}): Stage {
  const { delays, vault, certificates, ...rest } = options
  return {
    parts: [],
    refusals: [],
    volumes: [],
    ingressAddress: '127.0.0.1',
    ...rest,
    images: [...(options.images ?? []), NOWHERE],
    vault: { data: {}, troubles: [], ...vault },
    certificates: { mint: unminted, troubles: [], ...certificates },
    delays: { ...DELAYS, ...delays },
    state: options.state ?? new Map(),
  }
}

const NOWHERE: ImageRow = {
  image: /:nope$/,
  fails:
    'rpc error: code = NotFound desc = failed to pull and unpack image "$IMAGE": failed to resolve image: $IMAGE: not found',
}

// Nobody who only watches statuses looks into it.
function unminted(names: readonly string[]): MintedPair {
  return { 'tls.crt': `certificate of ${names.join(', ')}`, 'tls.key': 'its key' }
}
