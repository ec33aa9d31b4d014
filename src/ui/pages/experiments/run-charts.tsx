import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { TrackedRun } from '../../../api/tracking-runs.ts'
import { Loaded } from '../../components/page.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { plural } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import { groupKeys } from './chart-groups.ts'
import { ChartBar, CurvePanel } from './curve-panel.tsx'
import { SearchKeys } from './run-metrics.tsx'

const route = getRouteApi('/experiments/runs/$id')

/** A chart per measure for all metrics with more than one point; each is fetched when it comes into sight. */
export function RunCharts({ run }: { run: TrackedRun }) {
  const { q } = route.useSearch()
  const live = run.status === 'running'
  const metrics = useInfiniteQuery(trackingQueries.metrics(run.id, q ?? '', live))
  const items = metrics.data?.pages.flatMap(page => page.items) ?? []
  const names = JSON.stringify(items.filter(item => item.count > 1).map(item => item.key))
  const single = items.filter(item => item.count === 1).length
  const groups = useMemo(
    () =>
      groupKeys(JSON.parse(names) as readonly string[]).map(({ metric, lines }) => ({
        title: metricWord(metric),
        sources: lines.map(line => ({ ...line, run: run.id, startedAt: run.startedAt, live })),
      })),
    [names, run.id, run.startedAt, live],
  )
  return (
    <>
      <ChartBar />
      <SearchKeys />
      <Loaded query={metrics} rows={8}>
        {() =>
          groups.length > 0 ? (
            <>
              <div className={groups.length < 3 ? 'charts wide' : 'charts'}>
                {groups.map(group => (
                  <CurvePanel key={group.title} group={group} />
                ))}
              </div>
              {single > 0 ? (
                <p className="panel-note">
                  {plural(single, 'metric')} with one point only: the values stand under Overview.
                </p>
              ) : null}
            </>
          ) : (
            <p className="panel-note">Every metric was logged once; the values stand under Overview.</p>
          )
        }
      </Loaded>
      {metrics.hasNextPage ? (
        <p className="more">
          <button type="button" className="button" onClick={() => void metrics.fetchNextPage()}>
            More metrics
          </button>
        </p>
      ) : null}
    </>
  )
}
