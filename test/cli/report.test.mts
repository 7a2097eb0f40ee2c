import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { DeployError } from '../../lib/error.mts'
import type { Proven } from '../../lib/proof/spec.mts'
import type { Redactor } from '../../lib/report/redact.mts'
import type { Report, ReportOptions } from '../../lib/report/report.mts'
import { Sink, told } from './sink.mts'
import { deployTold, failure, PROVEN } from './telling.mts'

suite('createReport()', () => {
  test('createReport() tells a deploy off a terminal line by line', async () => {
    const { stdout, stderr } = await told(deployTold)
    assert.equal(stdout, '')
    assert.deepEqual(stderr.split('\n'), [
      'reactbin → k3s-prod (https://10.0.0.4:6443, user deployer, namespace reactbin)',
      'plan      3 objects: 1 new, 1 changed, 1 unchanged    0.3 s',
      '  + service/reactbin/ui',
      '  ~ deployment/reactbin/api',
      '      spec.template.spec.containers.api.image: api:abc → api:abd',
      '      spec.paused: true → (gone)',
      '      ! autoscaling/v1 is deprecated',
      'preflight 1 of 3 ok',
      '  ! dns: reactbin.localhost is in no public DNS',
      '      → add an A record for 10.0.0.4',
      '  ? quota: cannot check: no permission',
      '✔ secrets   api-env                               0.4 s',
      '… api       migrating: 3f2a → 9bc1                6.1 s',
      '✔ api       1/1, old pods gone                   11.8 s',
      '✔ traffic   0 of 63 requests failed, builds abc, abd',
      '✔ proof     health 200 ×3, certificate 71 days   11.8 s',
      '! proof     dns: reactbin.localhost is in no public DNS',
      '    health: curl --resolve reactbin.localhost:443:10.0.0.4 https://reactbin.localhost/api/v1/health',
      'release 42 proven in 12.9 s of 120 s (api 8.2, proof 1.1)',
      '          SLO held: yes; 2 writes, 40 reads, 17 dry runs',
      '',
    ])
  })

  test('createReport() repeats the first page that serves and what was not proven, and all with verbose', async () => {
    const proofs: readonly Proven[] = [
      { ...PROVEN, spec: { kind: 'dns', name: 'dns', host: 'h' }, repeat: 'nslookup h' },
      { ...PROVEN, repeat: 'curl health' },
      { ...PROVEN, spec: { ...PROVEN.spec, name: 'ui' }, repeat: 'curl ui' },
      { ...PROVEN, spec: { ...PROVEN.spec, name: 'docs' }, state: 'failed', says: '200', repeat: 'curl docs' },
      { ...PROVEN, spec: { ...PROVEN.spec, name: 'bucket' }, state: 'unchecked', says: '403', repeat: 'kubectl get' },
    ]
    const repeated = async (verbose: boolean): Promise<string[]> => {
      const tell = (report: Report): void => proofs.forEach((proven) => report.proof(proven))
      const { stderr } = await told(tell, { verbose })
      return stderr.split('\n').filter((line) => line.startsWith('    '))
    }
    assert.deepEqual(await repeated(false), [
      '    health: curl health',
      '    docs: curl docs',
      '    bucket: kubectl get',
    ])
    assert.deepEqual(
      (await repeated(true)).map((line) => line.slice(4).split(':')[0]),
      ['dns', 'health', 'ui', 'docs', 'bucket'],
    )
  })

  test('createReport() tells a failure with its evidence, free of escape sequences, and the way out', async () => {
    const { stderr } = await told((report) => {
      report.component('api', { state: 'doomed', detail: 'migration-failed', since: 4200 })
      report.component('minio', { state: 'doomed', detail: 'no volume', since: 4200 })
      report.failure(failure('\u001b[31msqlalchemy.exc.ProgrammingError:\u0007 column age\u001b[0m\nline two'), {
        component: 'api',
      })
    })
    assert.deepEqual(stderr.split('\n'), [
      '✖ minio     no volume                             4.2 s',
      '✖ api       migration-failed in 4.2 s: alembic upgrade head exited 1',
      '    sqlalchemy.exc.ProgrammingError: column age',
      '    line two',
      '    → fix the migration and deploy again',
      '',
    ])
  })

  test('createReport() says a component again only when it changed, and what is waited for after a while', async () => {
    const clock = { now: 0 }
    const { stderr } = await told(
      async (report) => {
        report.component('api', { state: 'progressing', detail: 'available 0/1', since: 100 })
        report.component('api', { state: 'progressing', detail: 'available 0/1', since: 200 })
        clock.now = 30_000
        await new Promise((resolve) => setTimeout(resolve, 80))
      },
      { now: () => clock.now, remind: 50 },
    )
    const [first, second] = stderr.split('\n')
    assert.equal(first, '… api       available 0/1                         0.1 s')
    assert.equal(second, 'still waiting after 30.2 s: api (available 0/1)')
  })

  test('createReport() scrubs a secret from every form of output', async () => {
    const tell = (report: Report, redactor: Redactor) => {
      redactor.learn('hunter22')
      report.note('hunter22')
      report.component('api', { state: 'progressing', detail: 'hunter22', since: 1 })
      report.proof({ ...PROVEN, says: 'hunter22', repeat: 'curl -u me:hunter22' })
      report.preflight([{ name: 'hunter22', state: 'blocking', says: 'hunter22', next: 'hunter22' }])
      report.failure(failure('hunter22'), { component: 'hunter22' })
    }
    const ways: readonly Partial<ReportOptions>[] = [
      {},
      { output: 'json' },
      { output: 'yaml' },
      { tty: true, stderr: new Sink(80), color: true },
    ]
    for (const way of ways) {
      const { stdout, stderr } = await told(tell, way)
      assert.match(stderr, /\*\*\*/)
      assert.doesNotMatch(stdout + stderr, /hunter22/)
    }
  })

  test('createReport() moves one line on a terminal and leaves a line for each result', async () => {
    const stderr = new Sink(60)
    await told(
      async (report) => {
        report.component('minio', { state: 'progressing', detail: '0/1', since: 100 })
        report.component('api', { state: 'progressing', detail: 'x'.repeat(200), since: 100 })
        await until(() => stderr.text.includes('and minio') || stderr.text.includes('xxx…'))
        report.component('minio', { state: 'ready', detail: '1/1', since: 300 })
      },
      { tty: true, stderr, color: true, env: { TERM: 'xterm' } },
    )
    const text = stripVTControlCharacters(stderr.text)
    assert.match(text, /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏|/-] api +x+… 0\.1 s/)
    assert.match(text, /✔ minio +1\/1 +0\.3 s\n/)
    assert.doesNotMatch(text, /… api/)
  })

  for (const [why, options] of [
    ['CI', { env: { CI: 'true' }, stderr: new Sink(80) }],
    ['TERM=dumb', { env: { TERM: 'dumb' }, stderr: new Sink(80) }],
    ['a terminal without width', { env: {}, stderr: new Sink(0) }],
  ] as const)
    test(`createReport() does not move a line under ${why}`, async () => {
      const tell = (report: Report) => report.component('api', { state: 'progressing', detail: '0/1', since: 0 })
      const { stderr } = await told(tell, { tty: true, ...options })
      assert.equal(stderr, '… api       0/1                                   0.0 s\n')
    })

  test('createReport() ends -o json and -o yaml with the same one document', async () => {
    const json = await told(deployTold, { output: 'json' })
    const yaml = await told(deployTold, { output: 'yaml' })
    const document = JSON.parse(json.stdout) as Record<string, unknown>
    assert.deepEqual(
      parseAllDocuments(yaml.stdout).map((one) => one.toJS() as unknown),
      [document],
    )
    assert.deepEqual(Object.keys(document).slice(0, 3), ['apiVersion', 'kind', 'outcome'])
    assert.equal(document['outcome'], 'done')
    assert.equal((document['release'] as { number: number }).number, 42)
    assert.equal((document['proofs'] as unknown[]).length, 3)
  })

  test('createReport() puts data on stdout in place of that document: Kubernetes objects as documents or a List', async () => {
    const objects = ['a', 'b'].map((name) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { on: '0400' },
    }))
    const text = await told((report) => report.data(objects))
    assert.deepEqual(
      parseAllDocuments(text.stdout, { version: '1.1' }).map((one) => one.toJS() as unknown),
      objects,
    )
    const json = await told((report) => report.data(objects), { output: 'json' })
    assert.deepEqual(JSON.parse(json.stdout), { apiVersion: 'v1', kind: 'List', items: objects })
  })
})

test('a DeployError of many lines is cut on screen and whole in the document', async () => {
  const evidence = Array.from({ length: 100 }, (_, at) => `line ${at}`)
  const error = new DeployError({ code: 'crash-loop', says: 'Cannot go on: it crashes', evidence, next: 'look' })
  const { stderr } = await told((report) => report.failure(error))
  assert.match(stderr, /line 59\n {4}… 40 more lines/)
  const { stdout } = await told((report) => report.failure(error), { output: 'json' })
  assert.match(stdout, /line 99/)
})

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > end) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
