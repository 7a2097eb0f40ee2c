import { DeployError } from '../error.mts'

/** Runs a piece of a stack's own code; what it throws becomes `broken-stack` with the file and line it came from. */
export function brokenBy<T>(stack: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw error instanceof DeployError ? error : brokenStack(stack, error)
  }
}

/** What a stack file's error says and where; `stack` is its name or path. */
export function brokenStack(stack: string, error: unknown): DeployError {
  const place = placeOf(error)
  const says = error instanceof Error ? `${error.name}: ${firstLine(error.message)}` : String(error)
  return new DeployError({
    code: 'broken-stack',
    says: `Cannot use stack ${stack}: ${says}${place === undefined ? '' : ` (${place})`}`,
    next: place === undefined ? `correct ${stack}` : `correct ${place}`,
    cause: error,
  })
}

/**
 * `file:line` of an error. Of a syntax error Node puts it before the message (`file:///dir/app.mts:3`); of any other the
 * first frame is it that is neither Node's own nor ours.
 */
export function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const text = error.stack ?? ''
  const frames = [...text.matchAll(/\(?file:\/\/([^\s)]+?):(\d+)(?::\d+)?\)?$/gm)]
  const found = /^file:\/\/(\S+?):(\d+)\n/.exec(text) ?? frames.find(([, path = '']) => !MACHINERY.test(path))
  return found === null || found === undefined ? undefined : `${decodeURI(found[1] ?? '')}:${found[2]}`
}

// The last frames of every stack: who called the stack's code, never where it went wrong.
const MACHINERY = /\/stacks\/(broken|load|render|finish)\.m[jt]s$/

function firstLine(text: string): string {
  return (text.split('\n').find((line) => line.trim() !== '') ?? '').trim()
}
