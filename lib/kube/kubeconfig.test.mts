import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { temporaryFolder } from '../../test/kube/kubeconfig.mts'
import type { Folder } from '../../test/kube/kubeconfig.mts'
import { mintAuthority } from '../../test/proof/mint.mts'
import { DeployError } from '../error.mts'
import { identityOf } from './identity.mts'
import { resolveTarget } from './kubeconfig.mts'
import type { Choice, Target } from './kubeconfig.mts'

interface Parts {
  current?: unknown
  contexts?: Record<string, object>
  clusters?: Record<string, object>
  users?: Record<string, object>
}

function config({ current, contexts = {}, clusters = {}, users = {} }: Parts): string {
  const list = (kind: string, entries: Record<string, object>) =>
    Object.entries(entries).map(([name, fields]) => ({ name, [kind]: fields }))
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    ...(current === undefined ? {} : { 'current-context': current }),
    contexts: list('context', contexts),
    clusters: list('cluster', clusters),
    users: list('user', users),
  })
}

const ONE: Parts = {
  current: 'one',
  contexts: { one: { cluster: 'c1', user: 'u1', namespace: 'n1' } },
  clusters: { c1: { server: 'https://one.test:6443' } },
  users: { u1: { token: 'a' } },
}

const TWO: Parts = {
  current: 'two',
  contexts: { two: { cluster: 'c2', user: 'u2' }, one: { cluster: 'c2', user: 'u2' } },
  clusters: { c2: { server: 'https://two.test' }, c1: { server: 'https://shadowed.test' } },
  users: { u2: { token: 'b' }, u1: { token: 'shadowed' } },
}

type Write = (name: string, parts: Parts | string) => Promise<string>

async function resolved(choose: (write: Write, folder: Folder) => Promise<Partial<Choice>>): Promise<Target> {
  await using folder = await temporaryFolder()
  const write: Write = (name, parts) => folder.write(name, typeof parts === 'string' ? parts : config(parts))
  const choice: Choice = { env: {}, account: folder.path, ...(await choose(write, folder)) }
  const target = resolveTarget(choice)
  identityOf(target, {})
  return target
}

async function refusal(choose: Parameters<typeof resolved>[0]): Promise<DeployError> {
  const error = await resolved(choose).then(
    (target) => assert.fail(`it chose ${target.context}`),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof DeployError)) throw error
  return error
}

describe('resolveTarget()', () => {
  test('takes the current context, its cluster, user and namespace', async () => {
    const target = await resolved(async (write) => ({ kubeconfig: await write('a', ONE) }))
    assert.equal(target.context, 'one')
    assert.equal(target.namespace, 'n1')
    assert.equal(target.cluster.fields['server'], 'https://one.test:6443')
    assert.equal(target.user.fields['token'], 'a')
  })

  test('lets --context and -n go before the file', async () => {
    const target = await resolved(async (write) => ({
      kubeconfig: await write('a', TWO),
      context: 'two',
      namespace: 'x',
    }))
    assert.equal(target.context, 'two')
    assert.equal(target.namespace, 'x')
  })

  test('takes namespace default where the context names none', async () => {
    assert.equal((await resolved(async (write) => ({ kubeconfig: await write('a', TWO) }))).namespace, 'default')
  })

  test('lets the first file of KUBECONFIG win for every name', async () => {
    const target = await resolved(async (write) => ({
      env: { KUBECONFIG: [await write('a', ONE), await write('b', TWO)].join(path.delimiter) },
    }))
    assert.equal(target.context, 'one')
    assert.equal(target.cluster.fields['server'], 'https://one.test:6443')
    assert.equal(target.user.fields['token'], 'a')
  })

  test('joins the files of KUBECONFIG', async () => {
    const target = await resolved(async (write) => ({
      context: 'two',
      env: { KUBECONFIG: [await write('a', ONE), await write('b', TWO)].join(path.delimiter) },
    }))
    assert.equal(target.cluster.fields['server'], 'https://two.test')
  })

  test('takes the current context of a later file where the first one has none', async () => {
    const { current: _current, ...first } = ONE
    const target = await resolved(async (write) => ({
      env: { KUBECONFIG: [await write('a', first), await write('b', TWO)].join(path.delimiter) },
    }))
    assert.equal(target.context, 'two')
  })

  test('passes over files of KUBECONFIG that are not there', async () => {
    const target = await resolved(async (write) => ({
      env: { KUBECONFIG: ['/nowhere', '', await write('a', ONE)].join(path.delimiter) },
    }))
    assert.equal(target.context, 'one')
  })

  test('takes ~/.kube/config where KUBECONFIG is not set', async () => {
    const target = await resolved(async (write, folder) => {
      const { mkdir } = await import('node:fs/promises')
      await mkdir(path.join(folder.path, '.kube'))
      await write('.kube/config', ONE)
      return { env: { HOME: folder.path } }
    })
    assert.equal(target.context, 'one')
  })

  test('lets --kubeconfig go before KUBECONFIG', async () => {
    const target = await resolved(async (write) => ({
      kubeconfig: await write('a', ONE),
      env: { KUBECONFIG: await write('b', TWO) },
    }))
    assert.equal(target.context, 'one')
  })

  test('takes the service account inside a pod', async () => {
    const { certificate } = await mintAuthority('pod')
    const target = await resolved(async (_write, folder) => {
      await folder.write('token', 'abc\n')
      await folder.write('namespace', 'home\n')
      await folder.write('ca.crt', certificate)
      return { env: { HOME: folder.path, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' } }
    })
    assert.equal(target.context, 'in-cluster')
    assert.equal(target.namespace, 'home')
    assert.equal(target.cluster.fields['server'], 'https://[fd00::1]:443')
    assert.match(String(target.user.fields['tokenFile']), /token$/)
  })

  test('takes no pod for one that has no service account', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1' }
    const error = await refusal((_write, folder) => Promise.resolve({ env: { ...env, HOME: folder.path } }))
    assert.equal(error.code, 'no-cluster')
  })

  test('names both ways out where there is no cluster', async () => {
    const error = await refusal((_write, folder) => Promise.resolve({ env: { HOME: folder.path } }))
    assert.equal(error.code, 'no-cluster')
    assert.match(error.next, /cluster\.mts up.*--rehearse/)
  })

  test('suggests a context', async () => {
    const error = await refusal(async (write) => ({ kubeconfig: await write('a', TWO), context: 'tow' }))
    assert.equal(error.code, 'unknown-context')
    assert.match(error.message, /"tow".*did you mean two/)
    assert.match(error.evidence.join(), /two, one/)
  })

  test('asks for a context where the file has no current one', async () => {
    const { current: _current, ...rest } = ONE
    const error = await refusal(async (write) => ({ kubeconfig: await write('a', rest) }))
    assert.equal(error.code, 'unknown-context')
    assert.match(error.next, /--context one/)
  })

  test('refuses a current context that no file has', async () => {
    const error = await refusal(async (write) => ({ kubeconfig: await write('a', { ...ONE, current: 'gone' }) }))
    assert.equal(error.code, 'unknown-context')
  })

  for (const [what, content, words] of [
    ['a file that is not there', undefined, /there is no such file/],
    ['broken YAML, with its line', 'apiVersion: v1\nclusters: [\n  - {', /a:\d+: /],
    ['a text', 'just words', /a:1: it is not a kubeconfig/],
    ['a list', '- a\n- b', /it is not a kubeconfig/],
    [
      'clusters that are a map',
      config(ONE).replace(/clusters:[^]*?users:/, 'clusters: {}\nusers:'),
      /a:\d+: clusters is not a list/,
    ],
    ['a cluster without a name', config(ONE).replace('- name: c1', '- nme: c1'), /clusters\[0\] has no name/],
    ['a context whose cluster is missing', config({ ...ONE, clusters: {} }), /a:\d+: context one names cluster "c1"/],
    [
      'a context whose cluster is misspelt',
      config({ ...ONE, clusters: { c11: { server: 'https://x.test' } } }),
      /did you mean c11/,
    ],
    ['a context whose user is missing', config({ ...ONE, users: {} }), /names user "u1"/],
    ['a cluster without a server', config({ ...ONE, clusters: { c1: {} } }), /a:\d+: cluster c1 has no server/],
    ['a server that is no address', config({ ...ONE, clusters: { c1: { server: 'ftp://x' } } }), /"ftp:\/\/x"/],
    ['a server that is a number', config({ ...ONE, clusters: { c1: { server: 7 } } }), /server of c1 is not a text/],
    [
      'a CA that is no PEM',
      config({ ...ONE, clusters: { c1: { server: 'https://x', 'certificate-authority-data': 'aGk=' } } }),
      /certificate-authority of c1 is not a PEM/,
    ],
    [
      'a CA file that is not there',
      config({ ...ONE, clusters: { c1: { server: 'https://x', 'certificate-authority': 'ca.crt' } } }),
      /certificate-authority of c1 is not there: .*ca\.crt/,
    ],
    [
      'a client key that is not there',
      config({ ...ONE, users: { u1: { 'client-key': 'k' } } }),
      /client-key of u1 is not there/,
    ],
    [
      'a certificate that is garbage',
      config({ ...ONE, users: { u1: { 'client-certificate-data': garbage() } } }),
      /certificate or key of u1 cannot be read/,
    ],
    [
      'an exec plugin without a command',
      config({ ...ONE, users: { u1: { exec: { args: [] } } } }),
      /exec of user u1 has no command/,
    ],
    ['a current context that is a list', 'current-context: [a]\ncontexts: []', /a:1: current-context is not a text/],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const error = await refusal(async (write, folder) => ({
        kubeconfig: content === undefined ? path.join(folder.path, 'a') : await write('a', content),
      }))
      assert.equal(error.code, 'bad-kubeconfig')
      assert.match(error.message, words)
      assert.match(error.message, /\/a(:\d+)?: /)
    })
  }

  test('resolves paths against the folder of the file', async () => {
    const error = await refusal(async (write) => ({
      kubeconfig: await write('a', { ...ONE, users: { u1: { 'client-certificate': 'pki/me.crt' } } }),
    }))
    assert.match(error.message, /: \/.*landfall-kube-.*\/pki\/me\.crt/)
  })

  test('throws nothing but DeployError, whatever stands in the file', async () => {
    await using folder = await temporaryFolder()
    const word = fc.constantFrom(
      'contexts',
      'clusters',
      'users',
      'name',
      'cluster',
      'user',
      'context',
      'server',
      'exec',
    )
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        fc.string(),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('node')),
        fc.dictionary(word, tie('node')),
      ),
    })).node
    const content = fc.oneof(
      fc.string(),
      fc.dictionary(word, value).map((parts) => stringify(parts)),
    )
    await fc.assert(
      fc.asyncProperty(content, async (text) => {
        const kubeconfig = await folder.write('fuzz', text)
        try {
          identityOf(resolveTarget({ kubeconfig, env: {} }), {})
        } catch (error) {
          assert.ok(error instanceof DeployError, String(error))
        }
      }),
      { numRuns: 300 },
    )
  })
})

function garbage(): string {
  return Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64')
}
