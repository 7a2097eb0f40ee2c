import type { KubeObject } from '../../lib/kube/object.mts'
import type { When } from './watchfor.mts'

/** One way in which a rollout goes: what is applied, and the moments that are worth keeping, in order. */
export interface Story {
  /** Labels of the namespace. */
  labels?: Record<string, string>
  /** Applied before; not judged. */
  before?: readonly KubeObject[]
  /** The judged object. */
  subject: KubeObject
  moments: readonly Moment[]
}

export interface Moment {
  name: string
  when: When
  /** Applied once this moment is kept; the first may be the subject's next version. */
  then?: readonly KubeObject[]
}
