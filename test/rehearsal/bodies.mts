import type { Stage } from '../../lib/deploy/story.mts'
import type { OpenTarget } from '../../lib/deploy/target.mts'
import { deploying } from '../../lib/stories/deploy.mts'
import { goingBack } from '../../lib/stories/rollback.mts'
import { tearingDown } from '../../lib/stories/teardown.mts'
import { verifying } from '../../lib/stories/verify.mts'

export type ActingScript = 'deploy' | 'verify' | 'rollback' | 'teardown'

/** What the scripts do. */
export const bodies: Readonly<Record<ActingScript, (stage: Stage, open?: OpenTarget) => Promise<unknown>>> = {
  deploy: deploying,
  verify: verifying,
  rollback: goingBack,
  teardown: tearingDown,
}
