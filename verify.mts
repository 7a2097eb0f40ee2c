import { verify } from './lib/stories/verify.mts'

await verify()
