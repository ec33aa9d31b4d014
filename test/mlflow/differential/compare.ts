import type { PlayedAnswer } from './client.ts'

/** Set by a clock, or by one server alone. */
const volatile = new Set([
  ...['creation_time', 'last_update_time', 'creation_timestamp', 'last_updated_timestamp'],
  ...['creation_timestamp_ms', 'last_updated_timestamp_ms', 'next_page_token', 'utc_time_created'],
])
/** What MLflow 3.17 says and 3.6 did not. */
const newer = new Set(['workspace', 'deployment_job_id', 'deployment_job_state', 'trace_location'])
/** Lists whose order means nothing. */
const sets = ['/tags', '/params', '/aliases', '/data/metrics', '/latest_versions', '/dataset_summaries']

/** Names that servers give what has none. */
const invented = /^[a-z]+-[a-z]+-\d+$/

/** MLflow tells the aliases of a version only where it is asked for by itself. */
const listedVersion = /\/(?:latest_versions|model_versions)\//

interface Told {
  readonly answer: PlayedAnswer
  readonly saved: ReadonlyMap<string, string>
}

/** Undefined when both say the same. */
export function differenceOf(ours: Told, theirs: Told): string | undefined {
  const [mine, other] = [outcome(ours.answer), outcome(theirs.answer)]
  if (mine !== other) return `Fettle ${mine}, MLflow ${other}`
  if (ours.answer.status !== 200) return undefined
  const places = [...differing(said(ours), said(theirs), '')]
  return places.length === 0 ? undefined : places.slice(0, 6).join(' · ')
}

function outcome({ status, body }: PlayedAnswer): string {
  return status === 200
    ? '200'
    : `${status} ${(body as { error_code?: string } | undefined)?.error_code ?? '-'}`
}

function* differing(mine: unknown, other: unknown, place: string): Generator<string> {
  if (isObject(mine) && isObject(other))
    for (const key of new Set([...Object.keys(mine), ...Object.keys(other)]))
      yield* differing(mine[key], other[key], `${place}/${key}`)
  else if (JSON.stringify(mine) !== JSON.stringify(other))
    yield `${place}: ${shortened(mine)}, MLflow ${shortened(other)}`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent'
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

/** The part of an answer that both servers must agree on. */
function said({ answer: { body, text }, saved }: Told): unknown {
  if (body === undefined) return text
  const names = new Map([...saved].map(([name, value]) => [value, name]))
  const named = (id: string): string => `<${names.get(id) ?? 'id'}>`
  // Ids inside longer text, such as addresses of artifacts.
  const json = JSON.stringify(masked(body, '', names) ?? {})
  return JSON.parse(json.replace(/m-[0-9a-f]{32}|[0-9a-f]{32}/g, named))
}

/** Objects by sorted keys, nothing empty, volatile values by their kind. */
function masked(value: unknown, place: string, names: ReadonlyMap<string, string>): unknown {
  const key = place.slice(place.lastIndexOf('/') + 1)
  if (key === 'aliases' && listedVersion.test(place)) return undefined
  if (volatile.has(key)) return `<${typeof value}>`
  if (key === 'experiment_id' && typeof value === 'string') return names.get(value) ?? value
  if (key === 'run_name' && invented.test(String(value))) return '<invented>'
  if (Array.isArray(value)) {
    const items = value.map(item => masked(item, place, names) ?? {})
    if (items.length === 0) return undefined
    if (!sets.some(each => place.endsWith(each))) return items
    return items.map(item => JSON.stringify(item)).sort()
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([name]) => !newer.has(name))
    .map(([name, item]) => [name, masked(item, `${place}/${name}`, names)] as const)
    .filter(([, item]) => item !== undefined)
    .sort(([one], [two]) => (one < two ? -1 : 1))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
