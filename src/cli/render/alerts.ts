import type { AlertRule, RunAlert } from '../../api/sync-alerts.ts'
import { formatAgo } from './text.ts'

/** Newest first; those that are over or muted say so. */
export function renderAlerts(alerts: readonly RunAlert[], now: number): string {
  if (alerts.length === 0) return 'No alert rule has found anything.\n'
  const lines = alerts.map(({ run, at, message, closedAt, muted }) => {
    const state = closedAt !== null ? ' (over)' : muted ? ' (muted)' : ''
    return `${run.slice(0, 8)}  ${formatAgo(at, now)}  ${message}${state}`
  })
  return `${lines.join('\n')}\n`
}

export function renderRules(rules: readonly AlertRule[]): string {
  if (rules.length === 0) return 'There are no alert rules; runs that are lost alert without one.\n'
  const lines = rules.map(({ id, experiment, owner, test, mutedUntil }) => {
    const { kind, ...rest } = test
    const facts = Object.entries(rest).map(([name, value]) => `${name} ${value}`)
    const where = experiment === null ? 'all experiments' : `experiment ${experiment}`
    const muted = mutedUntil === null ? '' : `, muted until ${mutedUntil}`
    return `${id}  ${[kind, ...facts].join(' ')}  (${where}, ${owner}${muted})`
  })
  return `${lines.join('\n')}\n`
}
