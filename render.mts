import { render } from './lib/stories/render.mts'

await render()
