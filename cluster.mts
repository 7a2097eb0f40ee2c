import { argumentsOf } from './lib/settings/arguments.mts'
import { HELP, readArguments } from './lib/cluster/arguments.mts'
import { chooseProvider } from './lib/cluster/choose.mts'
import { demonstrate, stopwatch, tell, tellRemoval, tellStatus, toolsFor, warnOfRoom } from './lib/cluster/story.mts'
import { EXIT } from './lib/error.mts'

const print = (text: string) => void process.stdout.write(`${text.trimEnd()}\n`)
const warn = (text: string) => void process.stderr.write(`${text}\n`)

process.exitCode = await tell(warn, async () => {
  const { verb, name, provider: asked, packages, demo, data, keep } = readArguments(argumentsOf(process.argv))
  if (verb === 'help') return print(HELP)
  if (verb === 'config') return print((await chooseProvider(asked ?? 'kind', name)).config(name, data))

  const provider = await chooseProvider(asked, name)
  if (verb === 'status') return tellStatus(await provider.status(name, warn), print)

  const say = stopwatch(warn)
  if (verb === 'down') return tellRemoval(await provider.down(name, say, keep), say)

  warnOfRoom(name, demo, say)
  const tools = await toolsFor(demo, provider)
  const cluster = await provider.up({ name, packages, tools, ...(data === undefined ? {} : { data }) }, say)
  await demonstrate(cluster, demo, say)
  return EXIT.proven
})
