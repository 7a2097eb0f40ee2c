import { deploy } from './lib/stories/deploy.mts'

await deploy()
