import { readdirSync, readFileSync } from 'node:fs'
import type { Snapshot, Subject } from '../../lib/health/health.mts'
import type { Recording } from '../record/trim.mts'

const STORIES = new URL('../fixtures/snapshots/', import.meta.url)

/** Every recorded moment, as `story/1-moment`. */
export function recordedMoments(): string[] {
  return readdirSync(STORIES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(new URL(`${name}/`, STORIES)).map((file) => `${name}/${file.replace('.json', '')}`),
    )
    .toSorted()
}

/** A recorded moment: what was judged, and what the cluster said. */
export function recorded(moment: string): { subject: Subject; snapshot: Snapshot } {
  const recording = JSON.parse(readFileSync(new URL(`${moment}.json`, STORIES), 'utf8')) as Recording
  const object = recording.objects.find(({ metadata }) => metadata.uid === recording.subject.uid)
  if (object === undefined) throw new Error(`Cannot judge ${moment}: its subject is not in the recording`)
  const applied = { ...object, metadata: { ...object.metadata, generation: recording.subject.generation } }
  const { at, objects, events, logTails } = recording
  // The API server counts whole seconds, so what it says of the apply may lie a second before it.
  const subject = { object: applied, since: recording.since - 1_000 }
  return { subject, snapshot: { at, objects, events, logTails: new Map(Object.entries(logTails)) } }
}
