import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Faced } from '../../lib/rehearsal/faults.mts'
import { openRehearsal } from '../../lib/rehearsal/open.mts'
import { temporaryFolder, type Folder } from '../kube/kubeconfig.mts'
import { inside } from './inside.mts'
import { requestsOf } from './requests.mts'
import { transcriptOf, type Typed } from './transcript.mts'
import { spawned, type Ended, type Spawning } from './world.mts'

/** Commands typed one after another in one folder. */
class Shell {
  readonly typed: Typed[] = []
  readonly #folder: Folder

  constructor(folder: Folder) {
    this.#folder = folder
  }

  /** Types a command. What `run` is `spawned` has a process of its own, as an operator's has. */
  async type(run: typeof spawned, line: string, under: NonNullable<Spawning['under']> = 'node'): Promise<Ended> {
    const [script = '', ...args] = line.split(' ')
    const { path: cwd } = this.#folder
    const ended = await run(`../../${script}.mts`, args, { cwd, under, env: { HOME: cwd, NO_COLOR: '1' } })
    this.typed.push({ command: `npx zx ${script}.mts ${args.join(' ')}`.trimEnd(), ended })
    return ended
  }
}

/** Compares with the transcript of that name; `node --test --test-update-snapshots test/cli/transcripts.test.mts` writes it. */
function isAsWritten(t: TestContext, name: string, text: string): void {
  const path = fileURLToPath(new URL(`transcripts/${name}.txt`, import.meta.url))
  t.assert.fileSnapshot(text, path, { serializers: [String] })
}

suite('what an operator reads', () => {
  test('deploy.mts --rehearse ends proven with nothing but Node, and names what it waits for', async (t) => {
    await using folder = await temporaryFolder()
    const shell = new Shell(folder)
    const { stderr } = await shell.type(spawned, 'deploy --tag abc --rehearse', 'zx')
    assert.match(stderr, /^… api .*migrat/m)
    assert.match(stderr, /^✔ bucket +completed/m)
    isAsWritten(t, 'rehearsal', transcriptOf(shell.typed))
  })

  test('a first deploy, the same again, an upgrade, a failure, the way back and a proof, and what each asks', async (t) => {
    await using rehearsal = await openRehearsal()
    await using folder = await temporaryFolder()
    const shell = new Shell(folder)
    const { kubeconfig, edge } = rehearsal
    let asked: Faced[] = []
    rehearsal.setFaults((faced) => {
      asked.push(faced)
      return { do: 'pass' }
    })
    const requests: string[] = []
    const settings = {
      DOMAIN: 'reactbin.localhost',
      KUBECONFIG: kubeconfig,
      EDGE_ADDRESS: edge.address,
      EDGE_HTTP_ADDRESS: edge.httpAddress,
      EDGE_CA_FILE: edge.caFile,
    }
    await folder.write(
      '.env',
      Object.entries(settings)
        .map(([name, value]) => `LANDFALL_${name}=${value}\n`)
        .join(''),
    )
    for (const [run, line] of [
      [inside, 'deploy --tag abc'],
      [inside, 'deploy --tag abc'],
      [spawned, 'deploy --tag abd --dry-run=server --exit-code'],
      [inside, 'deploy --tag abd'],
      [inside, 'deploy --tag bad'],
      [spawned, 'rollback'],
      [spawned, 'verify'],
      [spawned, 'render --tag abd -o made'],
      [inside, 'render --tag abd -o made --check'],
      [inside, 'deploy --tag abd --dry-run=client'],
    ] as const) {
      asked = []
      await shell.type(run, line)
      if (asked.length > 0) requests.push(`# ${line}`, ...requestsOf(asked), '')
    }
    isAsWritten(t, 'releases', transcriptOf(shell.typed))
    isAsWritten(t, 'requests', requests.join('\n'))
  })
})
