import { useQuery } from '@tanstack/react-query'
import type { MetricHistory } from '../../../api/tracking.ts'
import { Loaded } from '../../components/page.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatCount, plural } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import { LineChart } from './line-chart.tsx'

/** One small chart per metric, or the same numbers as tables. */
export function MetricCharts({ run, keys, table }: { run: string; keys: readonly string[]; table: boolean }) {
  return (
    <div className="charts">
      {keys.map(key => (
        <Metric key={key} run={run} name={key} table={table} />
      ))}
    </div>
  )
}

function Metric({ run, name, table }: { run: string; name: string; table: boolean }) {
  const history = useQuery(queries.metricHistory(run, name))
  return (
    <figure className="chart">
      <h3>
        {metricWord(name)}
        {history.data ? (
          <span className="muted tiny">{plural(history.data.points.length, 'point')}</span>
        ) : null}
      </h3>
      <Loaded query={history} rows={5}>
        {data =>
          table || data.points.length < 2 ? (
            <PointTable history={data} />
          ) : (
            <LineChart label={metricWord(name)} {...series(data)} />
          )
        }
      </Loaded>
    </figure>
  )
}

/** NaN and infinities leave a gap in the line; the table names them. */
function series(history: MetricHistory): { x: readonly number[]; y: readonly (number | null)[] } {
  return {
    x: history.points.map(point => point.step),
    y: history.points.map(point => (typeof point.value === 'number' ? point.value : null)),
  }
}

function PointTable({ history }: { history: MetricHistory }) {
  return (
    <div className="chart-table">
      <SimpleTable
        label={`${metricWord(history.key)} by step`}
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
