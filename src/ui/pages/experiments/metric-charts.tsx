import { useQueries } from '@tanstack/react-query'
import type { MetricHistory } from '../../../api/tracking.ts'
import { ErrorNotice, Skeleton } from '../../components/messages.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatCount, plural } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import { alignLines, type ChartGroup, groupCharts } from './chart-groups.ts'
import { LineChart } from './line-chart.tsx'
import { metricLabel } from './metric-names.ts'

/** One chart per measure with a line per split, or the same numbers as tables. */
export function MetricCharts({ run, keys, table }: { run: string; keys: readonly string[]; table: boolean }) {
  const histories = useQueries({ queries: keys.map(key => queries.metricHistory(run, key)) })
  const failed = histories.find(history => history.error)
  if (failed) return <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />
  const loaded = histories.flatMap(history => history.data ?? [])
  if (loaded.length < keys.length) return <Skeleton rows={6} />
  if (table) return <Tables histories={loaded} />
  const groups = groupCharts(loaded)
  if (groups.length === 0)
    return <p className="panel-note">Every metric was logged once; the values stand above.</p>
  return (
    <div className="charts">
      {groups.map(group => (
        <Chart key={group.metric} group={group} />
      ))}
    </div>
  )
}

function Chart({ group }: { group: ChartGroup }) {
  const aligned = alignLines(group.lines)
  return (
    <figure className="chart">
      <h3>
        {metricWord(group.metric)}
        <span className="muted tiny">{plural(aligned.x.length, 'step')}</span>
      </h3>
      <LineChart label={metricWord(group.metric)} {...aligned} />
    </figure>
  )
}

function Tables({ histories }: { histories: readonly MetricHistory[] }) {
  return (
    <div className="charts">
      {histories.map(history => (
        <figure className="chart" key={history.key}>
          <h3>
            {metricLabel(history.key)}
            <span className="muted tiny">{plural(history.points.length, 'point')}</span>
          </h3>
          <PointTable history={history} />
        </figure>
      ))}
    </div>
  )
}

function PointTable({ history }: { history: MetricHistory }) {
  return (
    <div className="chart-table">
      <SimpleTable
        label={`${metricLabel(history.key)} by step`}
        head={['>Step', '>Value', 'At']}
        rows={history.points.map(point => [
          formatCount(point.step),
          <Quantity key="value" value={point.value} decimals={5} />,
          <Time key="at" at={point.at} />,
        ])}
      />
    </div>
  )
}
