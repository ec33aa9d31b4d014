import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { PerformanceView } from '../../../api/feedback.ts'
import { ApiError } from '../../api.ts'
import { useFirst } from '../../components/first-rows.tsx'
import { Measured } from '../../components/measured.tsx'
import { Empty } from '../../components/messages.tsx'
import { Figures, Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { isObject } from '../../data/json.ts'
import { formatCount, formatShare, formatSpan } from '../../format.ts'
import { emptyTexts, inReadingOrder, metricWord } from '../../texts.ts'
import { feedbackQueries } from './queries.ts'

const route = getRouteApi('/deployments/$name/feedback')
type Group = PerformanceView['groups'][number]
type Measurement = Group['all']

/** Realised metrics: on labels that came, by release and arm, then by slice. */
export function Realised({ name }: { name: string }) {
  const performance = useQuery(feedbackQueries.performance(name))
  const undeclared =
    performance.error instanceof ApiError && performance.error.code === 'FEEDBACK_UNKNOWN_KIND'
  if (undeclared)
    return (
      <Panel title="How good it was">
        <Empty text={emptyTexts.labels} />
      </Panel>
    )
  return (
    <>
      <Panel
        title="How good it was"
        aside={
          performance.data ? (
            <>
              labels known by <Time at={performance.data.asKnownAt} />, decisions since{' '}
              <Time at={performance.data.since} />
            </>
          ) : null
        }
      >
        <Loaded query={performance} rows={6}>
          {data => <Groups performance={data} />}
        </Loaded>
      </Panel>
      {performance.data ? <Maturity performance={performance.data} /> : null}
      {performance.data ? <Slices performance={performance.data} /> : null}
    </>
  )
}

const mostMetrics = 6

function metricsOf(groups: readonly Group[]): readonly string[] {
  const names = new Set(groups.flatMap(({ all }) => Object.keys(all.metrics)))
  return inReadingOrder([...names]).slice(0, mostMetrics)
}

function Groups({ performance: { groups } }: { performance: PerformanceView }) {
  if (groups.length === 0) return <Empty text={emptyTexts.realised} />
  const metrics = metricsOf(groups)
  return (
    <SimpleTable
      label="Realised metrics by release"
      head={[
        'Release',
        '>Decisions',
        '>Matured',
        '>Labelled',
        ...metrics.map(name => `>${metricWord(name)}`),
      ]}
      rows={groups.map(group => [
        groupName(group),
        formatCount(group.decisions),
        formatCount(group.matured),
        <>
          {formatCount(group.labelled)}{' '}
          <span className="tiny muted">
            {typeof group.coverage === 'number' ? formatShare(group.coverage) : ''}
          </span>
        </>,
        ...metrics.map(metric => <Metric key={metric} of={group.all} metric={metric} />),
      ])}
    />
  )
}

const groupName = ({ release, arm }: Group) => `r${release}, ${arm.replace('-', ' ')}`

function Metric({ of, metric }: { of: Measurement; metric: string }) {
  const bounds = of.intervals[metric]
  return (
    <Measured value={of.metrics[metric]} bounds={isObject(bounds) && 'lower' in bounds ? bounds : null} />
  )
}

/** How long labels take, and what people say beside them. */
function Maturity({ performance: { maturity, agreements, demo, label } }: { performance: PerformanceView }) {
  const { ageSeconds, share } = maturity
  return (
    <div className="columns">
      <Panel title="Maturity" aside={`label ${label.kind}, joins within ${label.within}`}>
        <div className="panel-body">
          <Figures
            items={[
              [
                'Nine in ten labels known after',
                ageSeconds === null ? (
                  <small key="none">no labelled decision is old enough to tell</small>
                ) : (
                  formatSpan(ageSeconds * 1000)
                ),
              ],
              ['Decisions that old', <Measured key="share" value={share} show={formatShare} />],
              ['Labels', formatCount(maturity.labels)],
            ]}
          />
        </div>
      </Panel>
      <Panel title="Word against word">
        <SimpleTable
          label="Agreement"
          head={['Between', '>n', '>Agreement']}
          rows={[
            [
              'demo votes: right',
              formatCount(demo.votes),
              <Measured key="share" value={demo.share} bounds={demo.interval} show={formatShare} />,
            ],
            ...agreements.map(({ first, second, n, kappa, interval }) => [
              `${first} and ${second} (kappa)`,
              formatCount(n),
              <Measured key="kappa" value={kappa} bounds={interval} />,
            ]),
          ]}
        />
      </Panel>
    </div>
  )
}

function Slices({ performance }: { performance: PerformanceView }) {
  const { groups, slicesLeftOut } = performance
  const { by } = route.useSearch()
  const navigate = route.useNavigate()
  const columns = [...new Set(groups.flatMap(({ slices }) => slices.map(({ column }) => column)))]
  const chosen = columns.find(column => column === by) ?? columns[0]
  if (chosen === undefined && slicesLeftOut.length === 0) return null
  return (
    <Panel
      title="By slice"
      aside={
        columns.length > 1 ? (
          <label className="select-field">
            by
            <select
              className="input"
              value={chosen}
              onChange={event =>
                void navigate({
                  search: previous => ({ ...previous, by: event.target.value }),
                  replace: true,
                  resetScroll: false,
                })
              }
            >
              {columns.map(column => (
                <option key={column}>{column}</option>
              ))}
            </select>
          </label>
        ) : (
          chosen
        )
      }
    >
      {chosen === undefined ? null : <SliceTable groups={groups} column={chosen} />}
      {slicesLeftOut.length === 0 ? null : (
        <p className="panel-note">
          Decisions do not have {slicesLeftOut.join(', ')}: it cannot be cut by them.
        </p>
      )}
    </Panel>
  )
}

const firstSlices = 30

function SliceTable({ groups, column }: { groups: readonly Group[]; column: string }) {
  const metrics = metricsOf(groups).slice(0, 4)
  const all = groups.flatMap(group =>
    group.slices
      .filter(slice => slice.column === column)
      .flatMap(slice => slice.values.map(value => ({ group, value }))),
  )
  const [shown, more] = useFirst(all, firstSlices)
  return (
    <>
      <SimpleTable
        label={`Realised metrics by ${column}`}
        head={[column, 'Release', '>Rows', ...metrics.map(name => `>${metricWord(name)}`)]}
        rows={shown.map(({ group, value }) => [
          value.value,
          groupName(group),
          formatCount(value.rows),
          ...metrics.map(metric => <Metric key={metric} of={value} metric={metric} />),
        ])}
      />
      {more}
    </>
  )
}
