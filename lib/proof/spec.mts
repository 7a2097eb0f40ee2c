import type { Ref } from '../kube/object.mts'

interface Named {
  /** What the screen calls it: "health", "certificate", "redirect". */
  name: string
}

/** A status and, where the app tells them, fields of its JSON answer that must be as expected. */
export interface ServesSpec extends Named {
  kind: 'serves'
  /** Plain HTTP, where a laptop has no certificate; HTTPS unless given. */
  scheme?: 'http'
  host: string
  path: string
  status: number
  /** Fields of the JSON answer and the value each must have; a field that the app does not send is not compared. */
  fields?: Record<string, string>
  /** The workload whose new revision must be behind the Service, where the app does not tell its build. */
  backedBy?: { service: Ref; workload: Ref; image: string }
  /** How many answers in a row count as proof, at least; 3 unless given, and one for each pod behind the Service. */
  times?: number
}

/** A path that must be a real 404. */
export interface AbsentSpec extends Named {
  kind: 'absent'
  host: string
  path: string
}

/** Every unknown path answers what `/` answers. */
export interface FallbackSpec extends Named {
  kind: 'fallback'
  host: string
  path: string
}

export interface RedirectSpec extends Named {
  kind: 'redirects'
  host: string
  path: string
}

/** Valid for the host against the system's roots or the CA file, and the one in the TLS Secret. */
export interface CertificateSpec extends Named {
  kind: 'certificate'
  host: string
  secret: Ref
}

/** A Service that no Ingress, NodePort, LoadBalancer or external IP leads to. */
export interface UnreachableSpec extends Named {
  kind: 'unreachable'
  service: Ref
}

/** Asked inside the cluster, through the API server's service proxy. */
export interface InsideSpec extends Named {
  kind: 'inside'
  service: Ref
  port: number
  path: string
  status: number
}

/** The Job ran to completion, and ran exactly what is declared. */
export interface JobDoneSpec extends Named {
  kind: 'job-done'
  job: Ref
}

/** The migration init container of every serving pod of the workload ended with 0. */
export interface MigratedSpec extends Named {
  kind: 'migrated'
  workload: Ref
  container: string
}

/** Every ready endpoint of the Service is a pod of the workload's newest revision that runs the image. */
export interface BackedSpec extends Named {
  kind: 'backed'
  service: Ref
  workload: Ref
  image: string
}

/** No Secret or ConfigMap that its pods read has data newer than the pods. */
export interface FreshSpec extends Named {
  kind: 'fresh'
  workload: Ref
}

/** Advice only: public DNS of the host leads to the ingress address. */
export interface DnsSpec extends Named {
  kind: 'dns'
  host: string
}

export type ProofSpec =
  | ServesSpec
  | AbsentSpec
  | FallbackSpec
  | RedirectSpec
  | CertificateSpec
  | UnreachableSpec
  | InsideSpec
  | JobDoneSpec
  | MigratedSpec
  | BackedSpec
  | FreshSpec
  | DnsSpec

/** The outcome of one proof. `advice` never fails a run. */
export interface Proven {
  spec: ProofSpec
  state: 'passed' | 'failed' | 'unchecked' | 'advice'
  says: string
  /** The command that repeats it: curl with --resolve, or kubectl. */
  repeat: string
}
