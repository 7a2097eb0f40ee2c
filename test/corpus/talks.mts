import { kindTalks } from './asks/kinds.mts'
import { listTalks } from './asks/lists.mts'
import { managerTalks } from './asks/managers.mts'
import { removalTalks } from './asks/removals.mts'
import { rightTalks } from './asks/rights.mts'
import { watchTalks } from './asks/watches.mts'
import { writeTalks } from './asks/writes.mts'
import { ROWS } from './run.mts'
import { talkOf } from './talk.mts'
import type { Talk } from './talk.mts'

/** Everything that both servers are asked: the rows, request by request, and what only shows on the wire. */
export const TALKS: readonly Talk[] = [
  ...ROWS.map(talkOf),
  ...listTalks,
  ...watchTalks,
  ...writeTalks,
  ...managerTalks,
  ...removalTalks,
  ...rightTalks,
  ...kindTalks,
]
