import { rollback } from './lib/stories/rollback.mts'

await rollback()
