import type { Cause, Health } from './health.mts'

/** Health in one word. */
export function ready(detail: string): Health {
  return { state: 'ready', detail }
}

export function progressing(detail: string, trouble?: Cause): Health {
  return trouble === undefined ? { state: 'progressing', detail } : { state: 'progressing', detail, trouble }
}

export function doomed(cause: Cause): Health {
  return { state: 'doomed', cause }
}
