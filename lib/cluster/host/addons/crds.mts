import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, cpSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cacheDir, cannotBuild, go, moduleDir } from '../build.mts'

/** Where in each module's source its custom resource definitions lie. */
const SOURCES = {
  'github.com/cert-manager/cert-manager': 'deploy/crds/*.yaml',
  'github.com/hashicorp/vault-secrets-operator': 'chart/crds/*.yaml',
} as const

/** The folder with the definitions of the Vault operator and of cert-manager, fetched once from their Go modules. */
export async function fetchCrds(): Promise<string> {
  const target = cacheDir('crds')
  if (existsSync(target)) return target
  const work = `${target}.new`
  rmSync(work, { recursive: true, force: true })
  cpSync(moduleDir('crds'), join(work, 'module'), { recursive: true })
  for (const [module, files] of Object.entries(SOURCES)) {
    const ended = await go(['mod', 'download', '-json', module], join(work, 'module'))
    if (ended.code !== 0) throw cannotBuild('crds', ended)
    copyAll((JSON.parse(ended.stdout) as { Dir: string }).Dir, files, work)
  }
  rmSync(join(work, 'module'), { recursive: true })
  renameSync(work, target)
  return target
}

function copyAll(folder: string, files: string, target: string): void {
  mkdirSync(target, { recursive: true })
  for (const file of globSync(files, { cwd: folder })) copyFileSync(join(folder, file), join(target, basename(file)))
}

/** All definitions as one text for `kubectl apply`. */
export function readCrds(folder: string): string {
  return globSync(join(folder, '*.yaml'))
    .sort()
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n---\n')
}
