import type { Model } from '../../api/tracking.ts'
import { plain, table } from './text.ts'

type AliasEvent = Model['aliasHistory'][number]
interface AliasName {
  readonly model: string
  readonly alias: string
}

/** Newest first. */
export function renderAliasHistory({ model, alias }: AliasName, events: readonly AliasEvent[]): string {
  if (events.length === 0) return `Alias ${plain(alias)} of ${plain(model)} never pointed to a version.\n`
  return table(
    ['since', 'version', 'by', 'why'],
    events.map(({ at, version, by, reason }) => [at, versionWords(version), by, reason]),
  )
}

export function renderAliasAt({
  model,
  alias,
  at,
  version,
  event,
}: AliasName & {
  readonly at: string
  readonly version: number | null
  readonly event: AliasEvent | null
}): string {
  const what = `${plain(model)} ${plain(alias)} at ${at}: ${versionWords(version)}`
  return event === null
    ? `${what}\n`
    : `${what}\n${version === null ? 'taken away' : 'set'} at ${event.at} by ${plain(event.by)}${event.reason === '' ? '' : `: ${plain(event.reason)}`}\n`
}

const versionWords = (version: number | null) => (version === null ? 'none' : `v${version}`)
