import { story } from '../deploy/story.mts'
import type { Stage } from '../deploy/story.mts'
import { DeployError, EXIT } from '../error.mts'
import { argumentsOf, loadFlags } from '../settings/arguments.mts'
import type { Flags } from '../settings/arguments.mts'
import type { Settings } from '../settings/settings.mts'
import type { Stack } from '../stacks/stack.mts'

/** Writes the manifests of this stack to disk or stdout, or of the one that `--stack` names; of all built-in ones otherwise. */
export function render(stack?: Stack): Promise<void> {
  return story('render', (stage) => rendering(stage, stack), { ...(stack && { stack }) })
}

async function rendering({ settings, report }: Stage, own: Stack | undefined) {
  const { streamOf } = await import('../stacks/files.mts')
  const { schemaText } = await import('../stacks/rendering.mts')
  const { driftOf, readFiles, sayDrift, writeFiles } = await import('../stacks/write.mts')
  const { check } = settings
  const args = argumentsOf(process.argv)
  const flags = loadFlags(args, 'render')
  if (flags.schema !== undefined) return report.text(schemaText(settings.stack).trimEnd())
  const renderings = await renderingsFor({ settings, args, flags, own })

  let drifted = false
  for (const { directory, files } of renderings) {
    if (directory === '-') {
      report.text(streamOf(files).trimEnd())
      continue
    }
    const drift = check ? driftOf(files, await readFiles(directory, files)) : await writeFiles(directory, files)
    drifted ||= drift.length > 0
    for (const line of sayDrift(directory, drift, check ? 'checked' : 'written')) report.note(line)
  }
  return check && drifted ? EXIT.failed : EXIT.proven
}

interface Asked {
  settings: Settings
  args: readonly string[]
  flags: Flags
  own: Stack | undefined
}

async function renderingsFor({ settings, args, flags, own }: Asked) {
  const { askedRendering, committedRenderings, kustomizeRendering } = await import('../stacks/rendering.mts')
  const { directory: asked } = settings
  if (settings.format === 'kustomize') {
    if (asked === undefined || asked === '-') throw nowhere()
    return [kustomizeRendering(await everywhere(settings.stack, args, flags.env), asked)]
  }
  return asked === undefined ? committedRenderings(flags, own) : [askedRendering(settings, asked)]
}

/** The settings of each environment, or of those that were named, under the same flags. */
async function everywhere(stack: Stack, args: readonly string[], named: readonly string[] | undefined) {
  const { loadSettings } = await import('../settings/load.mts')
  const { environmentsOf } = await import('../stacks/defaults.mts')
  const environments = [...new Set(named ?? environmentsOf(stack))]
  return Promise.all(
    environments.map((environment) => loadSettings([...args, '--env', environment], 'render', { stack })),
  )
}

function nowhere(): DeployError {
  return new DeployError({
    code: 'usage',
    says: 'Cannot render --format kustomize to stdout or into manifests/: it is a tree of its own',
    next: 'npx zx render.mts --format kustomize -o DIR',
  })
}
