import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { inside } from '../cli/inside.mts'
import type { Ended } from '../cli/world.mts'
import { folderOf, runIn, script } from './folder.mts'
import type { Folder } from './folder.mts'
import { app, stream } from './plain.mts'

const CHART = readFileSync(new URL('../fixtures/rendered/guestbook.yaml', import.meta.url), 'utf8')

/** deploy.mts in somebody's own folder, inside this process. */
function deployIn({ path }: Folder, args: readonly string[]): Promise<Ended> {
  return inside('../../deploy.mts', args, { cwd: path, env: { HOME: path, NO_COLOR: '1' } })
}

suite('--stack with plain manifests', () => {
  test('a rendered chart from a pipe is deployed under its release name, hooks in their places, and proven', async () => {
    using folder = folderOf()
    const { code, stderr, stdout } = await runIn(folder, [...script('deploy.mts'), '--stack', '-', '--rehearse'], CHART)
    assert.equal(code, 0, stderr)
    assert.match(stderr, /^gb → rehearsal .*namespace gb\)$/m)
    assert.match(stderr, /left out pod\/gb-guestbook-test-connection .*hook test/)
    assert.ok(stderr.indexOf('✔ gb-guestbook-migrate') < stderr.indexOf('✔ gb-guestbook '), 'the hook comes first')
    assert.match(stderr, /by 2 pods running registry\.example\/acme\/guestbook:2\.4\.1/)
    assert.match(stderr, /release 1 proven/)
    assert.doesNotMatch(stderr + stdout, /not-a-real-session-key|bm90LWEtcmVhbC1zZXNzaW9uLWtleQ/)
  })

  test('a directory that lacks one ConfigMap is refused with nothing written', async () => {
    using folder = folderOf({
      'k8s/web.yaml': app('web').replace('/proxy:7}', '/proxy:7, envFrom: [{configMapRef: {name: words}}]}'),
    })
    const { code, stderr } = await deployIn(folder, ['--stack', './k8s', '--rehearse'])
    assert.equal(code, 3, stderr)
    assert.match(
      stderr,
      /configmap-missing: Cannot start pods: ConfigMap words .*\n +→ kubectl -n k8s create configmap words/,
    )
    assert.doesNotMatch(stderr, /[1-9]\d* writes|✔ web/)
  })

  test('what a Secret among the manifests holds is in no output', async () => {
    using folder = folderOf()
    const keys = '{apiVersion: v1, kind: Secret, metadata: {name: keys}, stringData: {TOKEN: not-a-real-token}}'
    const args = ['--stack', 'shop=-', '--rehearse', '--dry-run=client', '-o', 'json']
    const { code, stdout, stderr } = await runIn(folder, [...script('deploy.mts'), ...args], stream(app('web'), keys))
    assert.equal(code, 0, stderr)
    assert.match(stdout, /"name": "keys"/)
    assert.doesNotMatch(stdout + stderr, /not-a-real-token|bm90LWEtcmVhbC10b2tlbg/)
  })

  test('a tag is refused where the manifests name their images', async () => {
    using folder = folderOf({ 'shop.yaml': app('web') })
    const { code, stderr } = await deployIn(folder, ['--stack', './shop.yaml', '--tag', '2'])
    assert.equal(code, 2)
    assert.match(stderr, /bad-tag: Cannot tag shop: its manifests name their images themselves/)
  })
})

suite('examples/hello.mts', () => {
  test('examples/hello.mts has fewer than 40 lines, and is deployed and proven', async () => {
    const text = readFileSync(new URL('../../examples/hello.mts', import.meta.url), 'utf8')
    assert.ok(text.trimEnd().split('\n').length < 40)
    using folder = folderOf()
    const example = new URL('../../examples/hello.mts', import.meta.url).pathname
    const args = ['--stack', example, '--tag', '1.29.3-alpine', '--rehearse']
    const { code, stderr } = await deployIn(folder, args)
    assert.equal(code, 0, stderr)
    assert.match(stderr, /by 2 pods running nginxinc\/nginx-unprivileged:1\.29\.3-alpine/)
  })
})
