import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Comparison } from '../../../api/tracking-runs.ts'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { ChartBar, CurvePanel } from './curve-panel.tsx'
import { metricLabel, orderMetrics } from './metric-names.ts'
import { readList, writeList } from './table-state.ts'

const route = getRouteApi('/experiments/runs/compare')
const atFirst = 4

/** The metrics that have more than one point in the first run, as far as its first page tells. */
function useCurves(found: Comparison, keys: readonly string[]): readonly string[] {
  const [run] = found.runs
  const metrics = useInfiniteQuery({
    ...trackingQueries.metrics(run?.id ?? '', '', false),
    enabled: run !== undefined,
  })
  return useMemo(() => {
    const items = metrics.data?.pages.flatMap(page => page.items) ?? []
    const long = new Set(items.filter(item => item.count > 1).map(item => item.key))
    return keys.filter(key => long.has(key))
  }, [metrics.data, keys])
}

/** One chart per chosen metric with a line per run. */
export function CompareCurves({ found }: { found: Comparison }) {
  const { charts } = route.useSearch()
  const navigate = route.useNavigate()
  const keys = useMemo(() => orderMetrics(found.metrics.rows.map(row => row.key)), [found])
  const curves = useCurves(found, keys)
  const first = (curves.length > 0 ? curves : keys).slice(0, atFirst).join()
  const shown = useMemo(() => readList(charts ?? first), [charts, first])
  const groups = useMemo(
    () =>
      shown.map(key => ({
        title: metricLabel(key),
        sources: found.runs.map(run => ({
          run: run.id,
          key,
          name: run.name,
          startedAt: run.startedAt,
          live: run.status === 'running',
        })),
      })),
    [shown, found],
  )
  const set = (list: readonly string[]) =>
    void navigate({
      search: previous => ({ ...previous, charts: writeList(list) }),
      replace: true,
      resetScroll: false,
    })
  return (
    <>
      <ChartBar />
      <div className="run-bar">
        <label>
          Add a chart{' '}
          <select
            className="input"
            style={{ width: 'auto', maxWidth: '18rem' }}
            value=""
            onChange={event => set([...shown, event.target.value])}
          >
            <option value="">choose a metric</option>
            {keys
              .filter(key => !shown.includes(key))
              .map(key => (
                <option key={key} value={key}>
                  {key}
                </option>
              ))}
          </select>
        </label>
        {shown.map(key => (
          <button
            key={key}
            type="button"
            className="button"
            aria-label={`Remove chart ${key}`}
            onClick={() => set(shown.filter(each => each !== key))}
          >
            {key} ×
          </button>
        ))}
      </div>
      {groups.length === 0 ? <p className="panel-note">None of these runs has logged a metric.</p> : null}
      <div className="charts wide">
        {groups.map(group => (
          <CurvePanel key={group.title} group={group} />
        ))}
      </div>
    </>
  )
}
