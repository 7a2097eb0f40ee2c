import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import { CODES, type Code } from '../../lib/error.mts'
import { kubeconfig, temporaryFolder, type Entries } from '../kube/kubeconfig.mts'
import { answer, standIn, status, type StandInOptions } from '../kube/standin.mts'
import { mint } from '../proof/mint.mts'
import { inside } from './inside.mts'

const GOOD = ['--tag', 'abc', '--set', 'domain=app.localhost', '--dotenv', '/dev/null']
const LONG_AGO = { from: -40, to: -10 }
const NOBODY = 'forbidden: User "u" cannot get path "/apis"'

/** Runs deploy.mts with a kubeconfig and asserts that it is refused: code, exit, word, one block, nothing on stdout. */
async function refused(args: readonly string[], env: Record<string, string>, code: Code, named: RegExp): Promise<void> {
  const { code: exit, stdout, stderr } = await inside('../../deploy.mts', [...GOOD, ...args], { env })
  assert.equal(exit, CODES[code], stderr)
  assert.equal(stdout, '')
  assert.match(stderr, new RegExp(`^✖ ${code}: `, 'm'))
  assert.match(stderr, named)
  assert.match(stderr, /^ {4}→ \S/m)
  assert.doesNotMatch(stderr, /t0ken/)
}

suite('deploy.mts without a cluster that answers', () => {
  const rows: readonly (readonly [
    what: string,
    text: string | undefined,
    args: string[],
    code: Code,
    named: RegExp,
  ])[] = [
    ['no kubeconfig', undefined, [], 'no-cluster', /kubeconfig/],
    ['a kubeconfig that is no YAML', 'a: [', [], 'bad-kubeconfig', /config/],
    ['a kubeconfig of another kind', 'hello', [], 'bad-kubeconfig', /config/],
    [
      'a context that is not there',
      kubeconfig({ server: 'https://127.0.0.1:1' }),
      ['--context', 'tset'],
      'unknown-context',
      /tset.*test/,
    ],
    ['a server that is not there', kubeconfig({ server: 'https://127.0.0.1:1' }), [], 'unreachable', /127\.0\.0\.1:1/],
    [
      'a pinned context',
      kubeconfig({ server: 'https://127.0.0.1:1' }),
      ['--set', 'expect.context=prod'],
      'wrong-cluster',
      /context test, not prod/,
    ],
    [
      'a pinned server',
      kubeconfig({ server: 'https://127.0.0.1:1' }),
      ['--set', 'expect.server=https://10.0.0.4'],
      'wrong-cluster',
      /127\.0\.0\.1:1, not https:\/\/10\.0\.0\.4/,
    ],
  ]
  for (const [what, text, args, code, named] of rows)
    test(`deploy.mts ends with ${code} at ${what}`, async () => {
      await using folder = await temporaryFolder()
      const file = text === undefined ? `${folder.path}/none` : await folder.write('config', text)
      await refused(args, { KUBECONFIG: file, HOME: folder.path }, code, named)
    })

  test('deploy.mts --dry-run=client contacts nothing', async () => {
    await using server = await standIn()
    await using folder = await temporaryFolder()
    const file = await folder.write('config', kubeconfig({ server: server.url, ca: server.authority.certificate }))
    const { code, stdout } = await inside('../../deploy.mts', [...GOOD, '--dry-run=client'], {
      env: { KUBECONFIG: file },
    })
    assert.equal(code, 0)
    assert.match(stdout, /^kind: Deployment$/m)
    assert.equal(server.connections(), 0)
  })
})

interface Answering {
  options?: StandInOptions
  entries?: Partial<Entries>
  with?: ReturnType<typeof answer>
}

suite('deploy.mts against a server that refuses', () => {
  const rows: readonly (readonly [what: string, code: Code, named: RegExp, answering: Answering])[] = [
    ['401', 'unauthorized', /401|credentials|unauthorized/i, { with: answer(401, status(401, 'Unauthorized')) }],
    ['403', 'forbidden', /User "u" cannot get/, { with: answer(403, status(403, 'Forbidden', NOBODY)) }],
    [
      'an expired certificate',
      'certificate-expired',
      /localhost:\d+ has expired/,
      { options: { certificate: (by) => mint(by, ['localhost'], LONG_AGO) } },
    ],
    ['a certificate of nobody', 'certificate-untrusted', /not trusted/, { entries: { ca: '' } }],
  ]
  for (const [what, code, named, answering] of rows)
    test(`deploy.mts ends with ${code} at ${what} and writes nothing`, async () => {
      await using server = await standIn(answering.options)
      await using folder = await temporaryFolder()
      server.react(answering.with ?? answer(200, {}))
      const entries = { server: server.url, ca: server.authority.certificate, ...answering.entries }
      const { ca, ...rest } = entries
      const file = await folder.write('config', kubeconfig(ca === '' ? rest : entries))
      await refused([], { KUBECONFIG: file, HOME: folder.path }, code, named)
      const writes = server.asked.filter(({ method, path }) => method !== 'GET' && !/dryRun=All|reviews/.test(path))
      assert.deepEqual(writes, [])
    })

  test('deploy.mts ends with unreachable at a server that does not speak TLS', async () => {
    const server: Server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    await using folder = await temporaryFolder()
    const url = `https://localhost:${(server.address() as AddressInfo).port}`
    const file = await folder.write('config', kubeconfig({ server: url }))
    try {
      await refused([], { KUBECONFIG: file, HOME: folder.path }, 'unreachable', /localhost:\d+/)
    } finally {
      server.close()
    }
  })
})
