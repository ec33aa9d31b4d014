import { Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import type { ExperimentRun } from '../../../api/tracking.ts'
import type { Columns } from '../../components/data-table.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { State } from '../../components/state.tsx'
import { Elapsed, Time } from '../../components/time.tsx'
import { lowerIsBetter } from '../../texts.ts'
import { headlineMetrics, metricLabel, metricName, orderMetrics } from './metric-names.ts'

const column = createColumnHelper<ExperimentRun>()

const first = [
  column.accessor('name', {
    header: 'Run',
    meta: { heading: true },
    cell: ({ row: { original: run } }) => (
      <Link to="/experiments/runs/$id" params={{ id: run.id }} className="row-link">
        {run.name}
      </Link>
    ),
  }),
  column.accessor('state', { header: 'State', cell: info => <State value={info.getValue()} /> }),
]
const last = [
  column.accessor('startedAt', {
    header: 'Started',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
  column.display({
    id: 'took',
    header: 'Took',
    meta: { right: true },
    cell: ({ row: { original: run } }) => <Elapsed from={run.startedAt} to={run.finishedAt} />,
  }),
]

/** Columns from what the runs logged: every metric, and the params (only those that tell runs apart, unless all are asked for). */
export function runColumns(runs: readonly ExperimentRun[], allParams: boolean): Columns<ExperimentRun> {
  const metrics = headlineMetrics(orderMetrics(keysOf(runs.map(run => run.metrics))))
  const params = keysOf(runs.map(run => run.params)).filter(key => allParams || differs(runs, key))
  return [
    ...first,
    ...metrics.map(key =>
      column.accessor(run => sortable(run.metrics[key]), {
        id: key,
        header: metricLabel(key),
        meta: { right: true },
        sortDescFirst: !lowerIsBetter.has(metricName(key).metric),
        sortUndefined: 'last',
        cell: ({ row }) => <Quantity value={row.original.metrics[key]} />,
      }),
    ),
    ...params.map(key =>
      column.accessor(run => run.params[key], {
        id: `param.${key}`,
        header: key,
        sortUndefined: 'last',
        cell: info => info.getValue() ?? <span className="muted">—</span>,
      }),
    ),
    ...last,
  ]
}

/** NaN and the infinities are texts on the wire; they sort behind every number. */
function sortable(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function keysOf(records: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return [...new Set(records.flatMap(record => Object.keys(record)))]
}

function differs(runs: readonly ExperimentRun[], key: string): boolean {
  return new Set(runs.map(run => run.params[key])).size > 1
}
