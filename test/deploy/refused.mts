import { KubeError, LostAnswer } from '../../lib/kube/status.mts'

/** A refusal as the API server words it. */
export function status(code: number, reason: string, message: string, details: object = {}): KubeError {
  const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details })
  return new KubeError({ act: 'ask', status: code, body })
}

export function forbidden(what = 'list pods'): KubeError {
  return status(403, 'Forbidden', `User "tester" cannot ${what}`)
}

export function lost(act = 'write'): LostAnswer {
  return new LostAnswer(act, new Error('cut'))
}
