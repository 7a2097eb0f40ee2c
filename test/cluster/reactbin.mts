import assert from 'node:assert/strict'
import { run } from './world.mts'
import type { Ended } from './world.mts'

/** What the stories ask the cluster beside landfall's back: with the cluster's own kubectl. */
export interface Kubectl {
  (...args: readonly string[]): Promise<string>
  /** With an object or text on standard input. */
  feed(input: string, ...args: readonly string[]): Promise<string>
}

export function kubectlOf(binary: string, kubeconfig: string): Kubectl {
  const call = async (input: string, args: readonly string[]): Promise<string> => {
    const ended = await run(binary, args, { input, env: { KUBECONFIG: kubeconfig } })
    assert.equal(ended.code, 0, `kubectl ${args.join(' ')}: ${ended.stderr}`)
    return ended.stdout.trim()
  }
  return Object.assign((...args: readonly string[]) => call('', args), {
    feed: (input: string, ...args: readonly string[]) => call(input, args),
  })
}

/** Names and uids of the pods with a label, that are not on their way out. */
export async function podsOf(kubectl: Kubectl, selector: string, namespace = 'reactbin'): Promise<Map<string, string>> {
  const listed = JSON.parse(await kubectl('-n', namespace, 'get', 'pods', '-l', selector, '-o', 'json')) as {
    items: { metadata: { name: string; uid: string; deletionTimestamp?: string } }[]
  }
  const living = listed.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  return new Map(living.map(({ metadata }) => [metadata.name, metadata.uid]))
}

/** The process ended with this exit code; its own words are the message where it did not. */
export function assertExit(ended: Ended, code: number): void {
  assert.equal(ended.code, code, `exit ${ended.code}, not ${code}:\n${ended.stderr}\n${ended.stdout}`)
}

/** The curl command that a proof printed, run as it stands. */
export async function runPrintedCurl(ended: Ended, path: string): Promise<Ended> {
  const line = ended.stderr.split('\n').find((text) => text.includes('curl ') && text.includes(path))
  assert.ok(line, `no curl line for ${path} in:\n${ended.stderr}`)
  return run('bash', ['-c', line.slice(line.indexOf('curl '))])
}
