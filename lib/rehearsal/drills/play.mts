import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Rehearsal } from '../open.mts'
import { restage } from '../stage/stage.mts'
import type { Cast } from './cast.mts'
import type { Door, Drill, Plot } from './drill.mts'

/** How a run finds the cluster of its drill. */
export interface Way {
  /** Undefined where there is none to be found. */
  kubeconfig: string | undefined
  context: string
}

export interface Playing {
  drill: Drill
  cast: Cast
  /** What a Ctrl-C does. */
  interrupt: () => void
}

/** Sets the stage for what goes wrong; from here on it does. The answer is how the run finds the cluster. */
export async function setTrouble(rehearsal: Rehearsal, { drill, cast, interrupt }: Playing): Promise<Way> {
  const { store, stage, time } = rehearsal
  const plot = drill.plot?.(cast) ?? {}
  changeCluster(rehearsal, plot)
  restage(stage, plot.stage ?? {})
  for (const [name, value] of Object.entries(plot.state ?? {})) stage.state.set(name, value)
  const scene = { store, time, cast, interrupt }
  const meanwhile = plot.meanwhile?.(scene)
  if (meanwhile !== undefined) store.listen(meanwhile)
  if (plot.faults !== undefined) rehearsal.setFaults(plot.faults(scene))
  return wayOf(rehearsal, drill, plot.door)
}

function changeCluster({ store }: Rehearsal, { objects = [], without = [], changed = [] }: Plot): void {
  for (const object of objects) store.put(object)
  for (const ref of without) store.drop(ref)
  for (const { ref, into } of changed) {
    const live = store.get(ref)
    if (live !== undefined) store.put(into(live))
  }
}

async function wayOf(rehearsal: Rehearsal, { identity }: Drill, through: Plot['door']): Promise<Way> {
  const { kubeconfigText, context, authority, folder } = rehearsal
  const mint: Door['mint'] = (names, days) => authority.mint(names, days)
  const own = identity === undefined ? kubeconfigText : namingUser(kubeconfigText, identity.name, identity.token)
  const door = { kubeconfig: own, context, mint }
  const found = (await through?.(door)) ?? door
  const path = join(folder, 'kubeconfig')
  if (found.kubeconfig !== undefined) await writeFile(path, found.kubeconfig, { mode: 0o600 })
  return { kubeconfig: found.kubeconfig === undefined ? undefined : path, context: found.context }
}

function namingUser(kubeconfig: string, name: string, token: string): string {
  const config = JSON.parse(kubeconfig) as { contexts: { context: { user: string } }[] } & Record<string, unknown>
  for (const { context } of config.contexts) context.user = name
  return JSON.stringify({ ...config, users: [{ name, user: { token } }] }, null, 2)
}
