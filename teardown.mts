import { teardown } from './lib/stories/teardown.mts'

await teardown()
