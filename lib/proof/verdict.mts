/** What a judge says about the answers it was given. */
export type Verdict =
  | { state: 'passed' | 'failed' | 'advice'; says: string }
  /** `permission`: asking again cannot help; `trouble`: it may. */
  | { state: 'unchecked'; says: string; because: 'permission' | 'trouble' }

export function passed(says: string): Verdict {
  return { state: 'passed', says }
}

export function failed(says: string): Verdict {
  return { state: 'failed', says }
}

export function advice(says: string): Verdict {
  return { state: 'advice', says }
}

export function unchecked(says: string, because: 'permission' | 'trouble' = 'trouble'): Verdict {
  return { state: 'unchecked', says, because }
}
