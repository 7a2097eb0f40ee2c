import type { Cluster } from '../kube/cluster.mts'
import type { KubeObject } from '../kube/object.mts'
import type { EdgeSettings } from './edge.mts'

/** What is to be proven against: a cluster and the way in from outside. */
export interface ProofTarget {
  cluster: Cluster
  /** The namespace whose Ingresses tell where a host is served. */
  home: string
  edge: EdgeSettings
  /** What was declared: a Job must have run exactly that, and Ingresses in other namespaces count too. */
  desiredObjects?: readonly KubeObject[]
  /** Public DNS, for advice; the system's name servers unless given. */
  resolve?: (host: string) => Promise<string[]>
}
