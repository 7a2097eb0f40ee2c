import { story } from './lib/deploy/story.mts'
import { EXIT } from './lib/error.mts'
import { argumentsOf, loadFlags } from './lib/settings/arguments.mts'
import { streamOf } from './lib/stacks/files.mts'
import { askedRendering, committedRenderings } from './lib/stacks/rendering.mts'
import { driftOf, readFiles, sayDrift, writeFiles } from './lib/stacks/write.mts'

await story('render', async ({ settings, report }) => {
  const { directory: asked, check } = settings
  const flags = loadFlags(argumentsOf(process.argv), 'render')
  const renderings = asked === undefined ? await committedRenderings(flags) : [askedRendering(settings, asked)]

  let drifted = false
  for (const { directory, files } of renderings) {
    if (directory === '-') {
      report.text(streamOf(files).trimEnd())
      continue
    }
    const drift = check ? driftOf(files, await readFiles(directory)) : await writeFiles(directory, files)
    drifted ||= drift.length > 0
    for (const line of sayDrift(directory, drift, check ? 'checked' : 'written')) report.note(line)
  }
  return check && drifted ? EXIT.failed : EXIT.proven
})
