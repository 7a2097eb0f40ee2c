import { CRASHES } from './crashes.mts'
import { DEMO } from './demo.mts'
import { MIGRATIONS } from './migrations.mts'
import { PLATFORM } from './platform.mts'
import { ROLLOUTS } from './rollouts.mts'
import { STARTS } from './starts.mts'

/** Every story by its name, which is also its folder in test/fixtures/snapshots. */
export const STORIES = { ...MIGRATIONS, ...STARTS, ...CRASHES, ...PLATFORM, ...ROLLOUTS, ...DEMO }
