import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { folderOf, ROOT, runIn, type Folder } from './folder.mts'

const ZX = join(ROOT, 'node_modules/zx/build/cli.js')

/** As `deploy.mts` stands in somebody's own repository. */
const DEPLOY = `
import { component, deploy, hostname, httpApp, redirectsToHttps, serves, site, stack } from 'landfall'
import { z } from 'zod'

const shop = stack({
  name: 'shop',
  images: { web: 'registry.example/acme/shop' },
  settings: z.strictObject({ domain: hostname() }),
  rehearsal: { domain: 'shop.localhost' },
  components: ({ settings: { domain }, image }) => [
    component('web', httpApp({ name: 'web', image: image('web'), port: 8080, health: '/', uid: 1000 })),
    component('edge', site({
      name: 'shop',
      host: domain,
      className: 'nginx',
      tls: { secretName: 'shop-tls', issuer: 'letsencrypt-prod' },
      routes: [{ path: '/', service: 'web', port: 8080 }],
    })),
  ],
  proofs: ({ settings: { domain }, image }) => [
    serves('health', domain, '/', { app: 'web', image: image('web') }),
    redirectsToHttps(domain),
  ],
})

await deploy(shop)
`

const REST = `
import { rollback, verify, render, deploy, story, stack } from 'landfall'
const kinds = [rollback, verify, render, deploy, story, stack].map((each) => typeof each)
process.stdout.write(kinds.join(' '))
`

interface Packed {
  files: string[]
  manifest: { dependencies: Record<string, string>; exports: unknown }
}

/** Packs this repository as npm does and unpacks it where an install would have; its dependencies are linked, not fetched. */
async function installed(folder: Folder): Promise<Packed> {
  const home = join(folder.path, 'node_modules/landfall')
  mkdirSync(home, { recursive: true })
  const npm = await runIn({ ...folder, path: ROOT }, ['npm', 'pack', '--silent', '--pack-destination', folder.path])
  assert.equal(npm.code, 0, npm.stderr)
  const tarball = join(folder.path, npm.stdout.trim())
  const tar = await runIn(folder, ['tar', '-xzf', tarball, '-C', home, '--strip-components', '1'])
  assert.equal(tar.code, 0, tar.stderr)
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Packed['manifest']
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(folder.path, 'node_modules', name)
    mkdirSync(join(link, '..'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), link)
  }
  return { files: readdirSync(home, { recursive: true, encoding: 'utf8' }), manifest }
}

suite('the packed library', () => {
  test('LF-07 in an empty directory, one deploy.mts with the stack and await deploy(stack) rehearses a deploy', async () => {
    using folder = folderOf({ 'deploy.mts': DEPLOY, 'rest.mts': REST })
    const { files } = await installed(folder)
    const strange = files.filter((file) => file.includes('.') && !/\.(mjs|d\.mts|json)$|^README\.md$/.test(file))
    assert.deepEqual(strange, [], 'only what was compiled is in it')
    assert.ok(!files.some((file) => /\.test\.|^(test|lib|bench|checks|docs)(\/|$)|dist\/cluster/.test(file)))

    const args = ['--tag', 'abc', '--rehearse']
    const deployed = await runIn(folder, [process.execPath, ZX, 'deploy.mts', ...args])
    assert.equal(deployed.code, 0, deployed.stderr)
    assert.match(deployed.stderr, /^shop → rehearsal/m)
    assert.match(deployed.stderr, /release 1 proven/)

    const rest = await runIn(folder, [process.execPath, 'rest.mts'])
    assert.equal(rest.stdout, 'function function function function function function', rest.stderr)
    const unknown = await runIn(folder, [process.execPath, 'deploy.mts', '--tga', 'abc'])
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /unknown-flag.*did you mean --tag/)
  })
})
