import { isAlreadyExists, isConflict } from '../../lib/kube/status.mts'
import { lease } from './manifests.mts'
import { apply, named } from './row.mts'
import type { Row } from './row.mts'

/** What the lock stands on. */
export const lockRows: readonly Row[] = [
  {
    name: 'a second create of the lease is refused',
    before: [{ verb: 'create', object: lease('a') }],
    act: { verb: 'create', object: lease('b') },
    expect: { refused: 'conflict', is: isAlreadyExists },
  },
  {
    name: 'a take-over that read an older lease is refused',
    before: [
      { verb: 'create', object: lease('a') },
      { verb: 'replace', ref: named(lease()), with: { spec: lease('b')['spec'] } },
    ],
    act: { verb: 'replace', ref: named(lease()), with: { spec: lease('c')['spec'] }, resourceVersion: '1' },
    expect: { refused: 'conflict', is: isConflict },
  },
  {
    name: 'two applies under one manager both believe that they hold it, which is why no apply takes the lock',
    before: [apply(lease('a'))],
    act: apply(lease('b')),
    expect: { gives: { 'spec.holderIdentity': 'b' }, outcome: 'applied' },
  },
]
