import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { BUILDABLE, cacheDir, moduleDir, recipeOf } from './build.mts'

const read = (module: (typeof BUILDABLE)[number], file: string) => readFileSync(join(moduleDir(module), file), 'utf8')

for (const module of BUILDABLE.filter((name) => name !== 'pause')) {
  test(`the module ${module} pins every package that is built from it, by version and checksum`, () => {
    const tools = read(module, 'tools.go')
    for (const path of recipeOf(module).packages) assert.ok(tools.includes(`_ "${path}"`), path)
    const required = [...read(module, 'go.mod').matchAll(/^(?:require )?\t?(\S+) (v\S+)$/gm)]
    assert.ok(required.length > 0)
    const sums = read(module, 'go.sum')
    for (const [, path = '', version = ''] of required) assert.ok(sums.includes(`${path} ${version} h1:`), path)
  })
}

test('the version that Kubernetes tells is the one that is pinned', () => {
  const [, pinned] = /k8s\.io\/kubernetes (v\S+)/.exec(read('kubernetes', 'go.mod')) ?? []
  assert.ok(pinned !== undefined)
  assert.ok(recipeOf('kubernetes').flags.some((flag) => flag.includes(`gitVersion=${pinned} `)))
})

test('cacheDir() names a folder below the cache after the module and a digest', () => {
  assert.match(cacheDir('pause', '/cache'), /^\/cache\/bin\/pause-[0-9a-f]{16}$/)
  assert.equal(new Set(BUILDABLE.map((module) => basename(cacheDir(module)).split('-').at(-1))).size, BUILDABLE.length)
})
