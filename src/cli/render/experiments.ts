import type { Experiment } from '../../api/tracking.ts'
import type { ComparedRows, Comparison, RunRow } from '../../api/tracking-runs.ts'
import { formatAgo, formatNumber, plural, table } from './text.ts'

export function renderExperiments(experiments: readonly Experiment[], now: number): string {
  if (experiments.length === 0) return 'No experiments yet. Train a model: fettle run PIPELINE\n'
  return table(
    ['experiment', 'runs', 'last run'],
    experiments.map(({ name, runCount, lastRunAt }) => [name, String(runCount), formatAgo(lastRunAt, now)]),
  )
}

interface Rows {
  readonly items: readonly RunRow[]
  readonly next?: string | undefined
}

/** Runs of one experiment with the columns they were asked with. */
export function renderRunRows({ items, next }: Rows, columns: readonly string[], now: number): string {
  if (items.length === 0) return 'No run matches.\n'
  const rows = table(
    [
      'run',
      'name',
      'state',
      'started',
      ...columns.map(column => column.replace(/^metrics\./, '').replaceAll('`', '')),
    ],
    items.map(({ id, name, status, liveness, startedAt, values }) => [
      id,
      name,
      stateOf(status, liveness),
      formatAgo(startedAt, now),
      ...values.map(cell),
    ]),
  )
  return next === undefined ? rows : `${rows}More match: narrow the filter, or raise --limit.\n`
}

/** Liveness stands beside the status: `running, presumed lost since 2027-03-01T14:02Z, inferred`. */
function stateOf(status: string, { state, inferred, since }: RunRow['liveness']): string {
  if (state !== 'silent' && state !== 'lost') return status
  const words = state === 'lost' ? 'presumed lost' : 'silent'
  const from = since === null ? '' : ` since ${since.slice(0, 16)}Z`
  return `${status}, ${words}${from}${inferred ? ', inferred' : ''}`
}

/** What differs between runs, which are named by letters. */
export function renderComparison({ runs, params, metrics, origin }: Comparison): string {
  const letters = runs.map((_, index) => letter(index))
  const names = runs.map(({ id, name }, index) => `${letters[index]}  ${name}  ${id}\n`).join('')
  const part = (word: string, { rows, same, left }: ComparedRows) => {
    const count = rows.length + left
    const heading = `\n${plural(count, word)} ${count === 1 ? 'differs' : 'differ'}, ${same} equal\n`
    if (rows.length === 0) return heading
    const more = left > 0 ? `and ${left} more\n` : ''
    return (
      heading +
      table(
        [word, ...letters],
        rows.map(({ key, values }) => [key, ...values.map(cell)]),
      ) +
      more
    )
  }
  return names + part('param', params) + part('metric', metrics) + part('fact', origin)
}

function letter(index: number): string {
  return index < 26
    ? String.fromCharCode(65 + index)
    : `${letter(Math.floor(index / 26) - 1)}${letter(index % 26)}`
}

function cell(value: string | number | null): string {
  if (value === null) return '-'
  return typeof value === 'number' ? formatNumber(value) : value
}
