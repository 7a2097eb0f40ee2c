import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { assertExit } from './reactbin.mts'
import { onStage } from './stage.mts'
import { ROOT, run } from './world.mts'

/** How the stories talk to the PyBase that is up. */
export interface Pybase {
  /** The deploy as an operator types it. */
  deploy: () => string
  /** Hands a document in and waits until it can be found; its id. */
  keep: (words: string) => Promise<string>
  /** The ids of documents with these words. */
  find: (words: string) => Promise<string[]>
  /** What the database says of a document; its status where there is none. */
  show: (id: string) => Promise<string>
}

const PAGE = 'docs/backup.md'
// Set by the page's own first lines, which name the operator's places.
const K = 'k() { kubectl -n pybase "$@"; }'

/** The commands below a heading of the page, as they stand there. */
async function commandsUnder(heading: string): Promise<string> {
  const page = await readFile(join(ROOT, PAGE), 'utf8')
  assert.ok(page.includes(K), `${PAGE} does not say what k is`)
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const [, commands = ''] = /```bash\n([\s\S]*?)```/.exec(section.split('\n## ')[0] ?? '') ?? []
  assert.notEqual(commands, '', `${PAGE} has no commands under "${heading}"`)
  return commands
}

/** Runs them in bash, as the operator's shell would, and stops at the first that fails. */
async function follow(heading: string, pybase: Pybase, backup: string): Promise<void> {
  const { host } = onStage()
  const programs = [dirname(process.execPath), dirname(host.kubectl), await host.binDir('minio')]
  const PATH = [...programs, process.env['PATH']].join(delimiter)
  const script = `set -euo pipefail\n${K}\n${await commandsUnder(heading)}`
  const env = { PATH, KUBECONFIG: host.kubeconfig, BACKUP: backup, DEPLOY: pybase.deploy() }
  assertExit(await run('bash', ['-c', script], { env }), 0)
}

/** docs/backup.md, followed word by word on the real cluster. */
export function backupStories(pybase: Pybase): void {
  describe('PB-11 docs/backup.md, followed word by word', { concurrency: 1 }, () => {
    let backup = ''
    let id = ''
    const inStore = (): Promise<string> => {
      const script = `export MC_CONFIG_DIR=/tmp/.mc; mc alias set here http://127.0.0.1:9000 "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD" >/dev/null; mc cat here/pybase/${id}`
      return onStage().kubectl('-n', 'pybase', 'exec', 'minio-0', '--', 'sh', '-c', script)
    }

    test('PB-11 a backup of PostgreSQL, MinIO and Meilisearch is three files and folders with something in them', async () => {
      backup = await mkdtemp(join(tmpdir(), 'landfall-backup-'))
      id = await pybase.keep('a harbour at dawn')
      for (const service of ['PostgreSQL', 'MinIO', 'Meilisearch']) await follow(`Back up ${service}`, pybase, backup)
      assert.equal(await readFile(join(backup, 'minio', id), 'utf8'), 'a harbour at dawn')
      assert.equal((await readFile(join(backup, 'postgres.dump'))).subarray(0, 5).toString(), 'PGDMP')
    })

    test('PB-11 with all three volumes gone, PyBase is proven empty', async () => {
      await follow('Stop whoever writes', pybase, backup)
      await follow('Lose a volume', pybase, backup)
      await follow('Get empty services', pybase, backup)
      await assert.rejects(inStore)
    })

    test('PB-11 after the restore the document is in the database, in the store and in the search', async () => {
      for (const service of ['PostgreSQL', 'MinIO', 'Meilisearch']) await follow(`Restore ${service}`, pybase, backup)
      assert.equal(await inStore(), 'a harbour at dawn')
      await follow('Start again', pybase, backup)
      assert.match(await pybase.show(id), /"state":"indexed","words":"a harbour at dawn"/)
      assert.deepEqual(await pybase.find('harbour'), [id])
      await rm(backup, { recursive: true })
    })
  })
}
