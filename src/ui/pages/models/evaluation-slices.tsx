import { useNavigate, useSearch } from '@tanstack/react-router'
import { useFirst } from '../../components/first-rows.tsx'
import { domainOf, IntervalBar, type Range } from '../../components/interval-bar.tsx'
import { Measured as MeasuredText } from '../../components/measured.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Segments } from '../../components/tabs.tsx'
import { formatCount, plural } from '../../format.ts'
import { inReadingOrder, lowerIsBetter, metricWord } from '../../texts.ts'
import type { EvaluationView, Measured, SlicedBy } from './evaluation.ts'

const firstShown = ['roc_auc', 'recall', 'fpr', 'accuracy', 'rmse', 'ndcg']

/** One metric over the values of one column, the worst first; months in order of time. */
export function Slices({ view }: { view: EvaluationView }) {
  const search: { by?: string; slice?: string; metric?: string } = useSearch({ strict: false })
  const slices = inOrder(view)
  const [first] = slices
  if (!first) return null
  const chosen = slices.find(item => item.column === (search.by ?? search.slice)) ?? first
  const metrics = inReadingOrder(Object.keys(view.all.metrics))
  const metric =
    metrics.find(name => name === search.metric) ??
    metrics.find(name => name === view.harmed[0]?.metric) ??
    firstShown.find(name => metrics.includes(name)) ??
    metrics[0]
  if (metric === undefined) return null
  return <SlicedPanel key={chosen.column} {...{ view, slices, chosen, metrics, metric }} />
}

interface SlicedPanelProps {
  readonly view: EvaluationView
  readonly slices: readonly SlicedBy[]
  readonly chosen: SlicedBy
  readonly metrics: readonly string[]
  readonly metric: string
}

function SlicedPanel({ view, slices, chosen, metrics, metric }: SlicedPanelProps) {
  const values = sorted(chosen, metric)
  const [shown, more] = useFirst(values, 15)
  return (
    <Panel
      title={`By ${chosen.column}`}
      aside={
        <Segments
          label="Sliced by"
          param="by"
          choices={slices.map(item => [item.column, item.column] as const)}
        />
      }
      note={`${whichValues(chosen)} ${chosen.column === 'month' ? 'In order of time.' : 'The worst first.'} Bars show the 95 % interval, worse to the right; the line is the value over all rows.`}
    >
      <div className="filters panel-body">
        <MetricSelect metrics={metrics} metric={metric} />
      </div>
      <ValueTable
        values={shown}
        metric={metric}
        view={view}
        column={chosen.column}
        domain={domainOfMetric(values, metric, view.all.metrics[metric])}
      />
      {more}
    </Panel>
  )
}

/** A column with a harmed slice comes first; a cut into one part says what the whole says and comes last. */
function inOrder({ slices, harmed }: EvaluationView): readonly SlicedBy[] {
  const worst = new Map(harmed.toReversed().map(each => [each.slice.split('=')[0], each.harm]))
  const rank = (item: SlicedBy) => (item.values.length > 1 ? 1 + (worst.get(item.column) ?? 0) : 0)
  return slices.toSorted((left, right) => rank(right) - rank(left))
}

/** What is undefined stands last: nothing is known to be wrong there. */
function sorted({ column, values }: SlicedBy, metric: string): readonly Measured[] {
  if (column === 'month') return values
  const badness = (item: Measured) => {
    const value = item.metrics[metric]
    if (typeof value !== 'number') return Number.NEGATIVE_INFINITY
    return lowerIsBetter.has(metric) ? value : -value
  }
  return values.toSorted((a, b) => badness(b) - badness(a) || 0)
}

function MetricSelect({ metrics, metric }: { metrics: readonly string[]; metric: string }) {
  const navigate = useNavigate()
  return (
    <label className="select-field">
      Metric
      <select
        className="input"
        value={metric}
        onChange={event =>
          void navigate({
            to: '.',
            search: ((previous: object) => ({ ...previous, metric: event.target.value })) as never,
            replace: true,
            resetScroll: false,
          })
        }
      >
        {metrics.map(name => (
          <option key={name} value={name}>
            {metricWord(name)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** What the rows of the table are: every value, or those with most rows and the rest in one. */
function whichValues({ values, distinct }: SlicedBy): string {
  if (distinct === undefined || distinct <= values.length) return `All ${plural(values.length, 'value')}.`
  return `The values with most rows, out of ${formatCount(distinct)}; the others are measured together.`
}

function domainOfMetric(values: readonly Measured[], metric: string, whole: unknown): Range {
  const drawn = values.flatMap(item => {
    const [bounds, value] = [item.bounds[metric], item.metrics[metric]]
    if (bounds) return [{ ...bounds, ...(typeof value === 'number' && { estimate: value }) }]
    return typeof value === 'number' ? [{ lower: value, upper: value }] : []
  })
  const [least, most] = domainOf(drawn, typeof whole === 'number' ? [whole] : [])
  return lowerIsBetter.has(metric) ? [least, most] : [most, least]
}

interface ValueTableProps {
  readonly values: readonly Measured[]
  readonly metric: string
  readonly view: EvaluationView
  readonly column: string
  readonly domain: Range
}

function ValueTable({ values, metric, view, column, domain }: ValueTableProps) {
  const whole = view.all.metrics[metric]
  const others = ['recall', 'fpr', 'precision', 'log_loss'].filter(
    name => name !== metric && name in view.all.metrics,
  )
  return (
    <SimpleTable
      label={`Evaluation by ${column}`}
      head={[
        column,
        '>n',
        `>${metricWord(metric)}`,
        'better ← → worse',
        ...others.map(name => `>${metricWord(name)}`),
        '>Base rate',
        '>Mean score',
      ]}
      rows={values.map(item => {
        const value = item.metrics[metric]
        const bounds =
          item.bounds[metric] ?? (typeof value === 'number' ? { lower: value, upper: value } : undefined)
        return [
          <code key="value">{item.value}</code>,
          item.rows === undefined ? 'not told' : formatCount(item.matured ?? item.rows),
          <MeasuredText key="metric" value={value} bounds={item.bounds[metric]} />,
          bounds ? (
            <IntervalBar
              key="bar"
              domain={domain}
              {...bounds}
              estimate={typeof value === 'number' ? value : undefined}
              mark={typeof whole === 'number' ? whole : undefined}
            />
          ) : null,
          ...others.map(name => (
            <MeasuredText key={name} value={item.metrics[name]} bounds={item.bounds[name]} />
          )),
          <MeasuredText key="base" value={item.baseRate} bounds={item.bounds['base_rate']} />,
          <MeasuredText key="mean" value={item.scoreMean} bounds={item.bounds['score_mean']} />,
        ]
      })}
    />
  )
}
