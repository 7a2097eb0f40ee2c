import { stringify } from 'yaml'
import type { KubeObject } from '../kube/object.mts'
import { notesOn } from './notes.mts'
import type { Component, Desired } from './stack.mts'

const WIDTH = 118
/** How every file that is made here begins. */
export const MADE = 'Made by `npx zx render.mts'

/** Which settings a rendering follows from: nothing but defaults and the preset, or also what an operator said; in which tree. */
export interface Origin {
  environment: string
  settings: 'defaults' | 'operator' | 'kustomize'
}

/**
 * A rendering as files, one object each, by file name. Sorted by name they are in an order in which a plain
 * `kubectl apply` takes them: the namespace first, then each component behind what it needs. `origin` says what they follow from; `keep`
 * leaves objects out.
 */
export function filesOf(
  desired: Desired,
  origin: Origin,
  keep: (object: KubeObject) => boolean = () => true,
): Map<string, string> {
  const files = new Map<string, string>()
  for (const [index, component] of desired.components.entries())
    for (const object of component.objects.filter(keep))
      files.set(fileName(index, component, object), fileText(object, desired, origin))
  return files
}

/** The files as one stream, for stdout. */
export function streamOf(files: ReadonlyMap<string, string>): string {
  return [...files.values()].join('---\n')
}

/** Whether a file's text was made by `filesOf`, so that it may be replaced or removed. */
export function isMade(text: string): boolean {
  return text.startsWith(`# ${MADE}`) || text.startsWith(`{\n  "$comment": "${MADE}`)
}

// Without a Job's content hash, so that a changed Job is a changed file.
function fileName(index: number, { name: component, objects }: Component, object: KubeObject): string {
  const { kind, metadata } = object
  const base = kind === 'Job' ? metadata.name.replace(/-[0-9a-f]{8}$/, '') : metadata.name
  const twins = objects.filter((other) => other.kind === kind && other.metadata.name === metadata.name)
  const parts = [
    component,
    kind.toLowerCase(),
    base === component ? '' : base,
    twins.length > 1 ? metadata.namespace : '',
  ]
  const name = [...new Set(parts)].filter((part) => part !== '' && part !== undefined).join('-')
  return `${String(index).padStart(2, '0')}-${name}.yaml`
}

function fileText(object: KubeObject, desired: Desired, origin: Origin): string {
  return commented([madeBy(desired.stack, origin), ...notesOn(object, desired)], object)
}

/** YAML below its comments, as kubectl reads it. */
export function commented(notes: string | readonly string[], value: unknown): string {
  const comments = [notes]
    .flat()
    .flatMap(wrapped)
    .map((line) => `# ${line}\n`)
  // kubectl reads YAML 1.1, where "yes", "on" and 0400 mean something else.
  return comments.join('') + stringify(value, { version: '1.1', lineWidth: 0 })
}

function madeBy(stack: string, { environment, settings }: Origin): string {
  if (settings === 'kustomize') return `${MADE} --stack ${stack} --format kustomize -o DIR\`.`
  const command = `${MADE} --stack ${stack} --env ${environment}`
  return settings === 'defaults'
    ? `${command}\`; \`--check\` finds what was changed by hand.`
    : `${command} -o DIR\` with an operator's settings.`
}

function wrapped(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + word.length + 1 > WIDTH) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
