import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DeployError } from '../error.mts'

/** Stands in a folder that landfall made for volumes: without it, nothing there is ever removed. */
const MARK = '.landfall-volumes'

/** How a volume's folder is called below the one for all, so that a claim finds its own again in another cluster. */
export const FOLDER_PATTERN = '{{ .PVC.Namespace }}/{{ .PVC.Name }}'

/** Makes the folder that volumes outlive their cluster in. Throws `blocked` where it is somebody else's. */
export function claimFolder(folder: string): void {
  const found = existsSync(folder)
  if (found && !lstatSync(folder).isDirectory()) throw taken(folder, 'it is no folder')
  if (found && readdirSync(folder).length > 0 && !isClaimed(folder)) throw taken(folder, 'it holds something else')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, MARK), 'Volumes of a cluster that landfall made: npx zx cluster.mts down --keep-data\n')
}

/** The claims that have data there: NAMESPACE/NAME. */
export function claimsIn(folder: string): string[] {
  if (!isClaimed(folder)) return []
  const namespaces = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return namespaces.flatMap(({ name }) => readdirSync(join(folder, name)).map((claim) => `${name}/${claim}`)).sort()
}

/** Removes the folder with every volume in it, where it is marked as one of ours. */
export function removeVolumes(folder: string): void {
  if (isClaimed(folder)) rmSync(folder, { recursive: true })
}

function isClaimed(folder: string): boolean {
  return existsSync(join(folder, MARK))
}

function taken(folder: string, why: string): DeployError {
  return new DeployError({
    code: 'blocked',
    says: `Cannot keep volumes in ${folder}: ${why}`,
    next: 'npx zx cluster.mts up --data DIR, with a folder that is empty or not there yet',
  })
}

/** `--keep-data` for a cluster whose volumes go with it. */
export function nothingKept(name: string): DeployError {
  return new DeployError({
    code: 'usage',
    says: `Cannot keep the data of cluster ${name}: it was made without --data, so its volumes lie in it`,
    next: 'copy what matters out of it first (pg_dump), then: npx zx cluster.mts down',
  })
}

/** `--data` or `--keep-data` for a rehearsal. */
export function nothingToKeep(): DeployError {
  return new DeployError({
    code: 'usage',
    says: 'Cannot keep the data of a rehearsal: its programs are played, and store nothing',
    next: 'npx zx cluster.mts up --provider host --data DIR, or --provider kind',
  })
}

/** `--data` for a cluster that keeps its volumes elsewhere. */
export function keptElsewhere(name: string, there: string | undefined): DeployError {
  return new DeployError({
    code: 'blocked',
    says: `Cannot move the volumes of cluster ${name}: they are ${there === undefined ? 'in the cluster' : `in ${there}`}`,
    next: `npx zx cluster.mts down --name ${name}${there === undefined ? '' : ' --keep-data'}, then up --data DIR`,
  })
}
