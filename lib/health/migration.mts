import { logOf, type View } from './view.mts'

const UPGRADE = /Running (?:upgrade|downgrade) (?<from>\S*) ?-> (?<to>[^\s,]+)/

/** What a running migration is at: `migrating: 3f2a → 9bc1` where its log tells. */
export function migrationStep(views: readonly View[]): string | undefined {
  const view = views.find(({ role, status }) => role === 'migration' && status.state?.running != null)
  if (view === undefined) return undefined
  const line = logOf(view).findLast((candidate) => UPGRADE.test(candidate))
  const { from = '', to } = UPGRADE.exec(line ?? '')?.groups ?? {}
  return to === undefined ? 'migrating' : `migrating: ${from === '' ? 'base' : from} → ${to}`
}
