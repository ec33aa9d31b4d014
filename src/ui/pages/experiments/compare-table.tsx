import { getRouteApi } from '@tanstack/react-router'
import './plots.css'
import type { ComparedRows, RunHead } from '../../../api/tracking-runs.ts'
import { Segments } from '../../components/tabs.tsx'
import { formatNumber, plural } from '../../format.ts'
import { lowerIsBetter } from '../../texts.ts'
import { LongText } from './long-text.tsx'
import { metricName } from './metric-names.ts'
import { RunLink } from './run-link.tsx'

const route = getRouteApi('/experiments/runs/compare')

interface CompareTableProps {
  readonly runs: readonly RunHead[]
  readonly rows: ComparedRows
  readonly what: 'params' | 'metrics' | 'facts' | 'tags'
}

/** Runs as columns. What differs from the first run is marked; for metrics the best value too. */
export function CompareTable({ runs, rows, what }: CompareTableProps) {
  return (
    <>
      {what === 'tags' ? null : <CompareBar rows={rows} what={what} />}
      {rows.rows.length === 0 ? (
        <p className="panel-note">{nothing(rows, what)}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className="table-wrap diff-grid" tabIndex={0} aria-label={`Compared ${what}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">{what === 'metrics' ? 'Metric' : what === 'params' ? 'Param' : 'Fact'}</th>
                {runs.map(run => (
                  <th key={run.id} scope="col" className={what === 'metrics' ? 'right' : undefined}>
                    <RunLink id={run.id} name={run.name} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.rows.map(row => (
                <CompareRow key={row.key} row={row} metric={what === 'metrics'} />
              ))}
            </tbody>
          </table>
        </section>
      )}
      {rows.left > 0 ? <p className="panel-note">{rows.left} more: search for the ones you want.</p> : null}
    </>
  )
}

function nothing({ same, differ }: ComparedRows, what: string): string {
  if (same + differ === 0) return `None of these runs has ${what} like that.`
  return `All ${same} ${what} are equal.`
}

function CompareRow({ row, metric }: { row: ComparedRows['rows'][number]; metric: boolean }) {
  const best = metric ? bestOf(row.key, row.values) : undefined
  const [first] = row.values
  return (
    <tr>
      <th scope="row">{row.key}</th>
      {row.values.map((value, index) => {
        const other = value !== first
        const classes = [
          metric ? 'right' : '',
          other && !metric ? 'other' : '',
          value !== null && value === best ? 'best' : '',
        ]
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: columns are the runs in their order
          <td key={index} className={classes.filter(Boolean).join(' ') || undefined}>
            <Value value={value} />
            {other && !metric ? <span className="sr-only"> differs</span> : null}
            {value !== null && value === best ? <span className="sr-only"> best</span> : null}
          </td>
        )
      })}
    </tr>
  )
}

function Value({ value }: { value: string | number | null }) {
  if (value === null) return <span className="muted">absent</span>
  if (typeof value === 'number') return <span title={String(value)}>{formatNumber(value, 6)}</span>
  return value === '' ? <span className="muted">empty</span> : <LongText text={value} />
}

/** Only where it is known which end is better: a metric named as one that is. */
function bestOf(key: string, values: readonly (string | number | null)[]): number | undefined {
  const numbers = values.filter(value => typeof value === 'number')
  if (new Set(numbers).size < 2) return undefined
  const { metric } = metricName(key)
  if (lowerIsBetter.has(metric) || /loss|error|rmse|mae/i.test(metric)) return Math.min(...numbers)
  return /auc|accuracy|f1|precision|recall|r2|score/i.test(metric) ? Math.max(...numbers) : undefined
}

function CompareBar({ rows, what }: { rows: ComparedRows; what: CompareTableProps['what'] }) {
  const { q } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <div className="run-bar">
      <Segments
        label="Which rows"
        param="rows"
        choices={[
          ['', `Differences ${rows.differ}`],
          ['all', `All ${rows.differ + rows.same}`],
        ]}
      />
      <input
        className="input"
        style={{ width: 'min(220px, 100%)' }}
        type="search"
        aria-label={`Search ${what}`}
        placeholder="part of the name"
        value={q ?? ''}
        onChange={event =>
          void navigate({
            search: previous => ({ ...previous, q: event.target.value || undefined }),
            replace: true,
            resetScroll: false,
          })
        }
      />
      {what === 'metrics' ? (
        <Segments
          label="Which point"
          param="of"
          choices={[
            ['', 'Last'],
            ['first', 'First'],
            ['min', 'Least'],
            ['max', 'Greatest'],
          ]}
        />
      ) : (
        <span className="muted">
          {plural(rows.differ, 'row')} differ; marked is what differs from the first run
        </span>
      )}
    </div>
  )
}
