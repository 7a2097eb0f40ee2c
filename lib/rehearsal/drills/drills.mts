import type { Code } from '../../error.mts'
import type { Drill } from './drill.mts'
import { ENDINGS } from './endings.mts'
import { REACHING } from './reaching.mts'
import { REFUSALS } from './refusals.mts'
import { ROLLOUTS } from './rollouts.mts'

/** Every drill by its name, in the order of docs/failures.md. */
export const DRILLS: Readonly<Record<string, Drill>> = { ...REACHING, ...REFUSALS, ...ROLLOUTS, ...ENDINGS }

/** The codes that no drill plays, and why. */
export const UNDRILLED = {
  usage: 'said before anything is contacted',
  'unknown-flag': 'said before anything is contacted',
  'unknown-setting': 'said before anything is contacted',
  'bad-setting': 'said before anything is contacted',
  'bad-tag': 'said before anything is contacted',
  placeholder: 'said before anything is contacted',
  'unknown-stack': 'said before anything is contacted',
  'broken-stack': 'said before anything is contacted',
  'bad-manifest': 'said before anything is contacted',
  'missing-file': 'said before anything is contacted',
  'certificate-failed': 'only of Certificates that a stack makes itself; for those of an Ingress see certificate-stuck',
  'configmap-missing': 'the stacks here make the ConfigMaps that their pods read; secret-missing plays the same lack',
  unconfirmed: 'of teardown.mts, which does not rehearse',
  'cluster-failed': 'of cluster.mts, which makes real clusters',
  'cluster-left': 'of cluster.mts, which makes real clusters',
  'package-missing': 'of cluster.mts, which makes real clusters',
  bug: 'a fault of landfall itself',
} satisfies Partial<Record<Code, string>>
