import { scaleLinear } from 'd3-scale'
import { boundsText, shortNumber, whyUndefined } from '../../../components/measured.tsx'
import { SimpleTable } from '../../../components/simple-table.tsx'
import { Time } from '../../../components/time.tsx'
import { formatShare } from '../../../format.ts'
import { metricWord } from '../../../texts.ts'
import type { HarmSeries, LookChart } from './charts.ts'
import { harmDomain, harmWord } from './charts.ts'

const size = { width: 300, height: 120, left: 44, right: 8, top: 8, bottom: 8 } as const

/** Pixels below which two labels run into each other. */
const labelRoom = 12

type Scale = ReturnType<typeof scaleLinear<number, number>>

const across = (times: readonly number[]): Scale => {
  const [first, last] = [Math.min(...times), Math.max(...times)]
  const domain = first === last ? [first - 1, first + 1] : [first, last]
  return scaleLinear(domain, [size.left, size.width - size.right])
}

const iso = (at: number) => new Date(at).toISOString()

/** Shares over looks: the champion as a line, the challenger as another with dots, so that colour is not all that tells them apart. */
export function ShareChart({ chart }: { chart: LookChart }) {
  const { title, lines, limit } = chart
  const points = lines.flatMap(line => line.points)
  const values = points.flatMap(({ value }) => value ?? [])
  const newest = lines.map(({ name, points: own }) => [name, own.at(-1)?.value ?? null] as const)
  return (
    <figure className="look-chart">
      <figcaption>
        <h3>{title}</h3>
        <span className="tiny">
          {newest.map(([name, value], index) => (
            <span key={name} className={`line-${index}`}>
              {lines.length > 1 ? `${name} ` : ''}
              <b className="num">{value === null ? 'not measured' : formatShare(value)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      {values.length === 0 ? (
        <p className="muted small not-measured">Not measured at any look so far.</p>
      ) : (
        <ShareLines chart={chart} values={values} />
      )}
      {limit && values.length > 0 ? <p className="tiny muted">Dashed: {limit.word}.</p> : null}
    </figure>
  )
}

function ShareLines({
  chart: { title, lines, limit },
  values,
}: {
  chart: LookChart
  values: readonly number[]
}) {
  const marks = limit ? [...values, limit.value] : values
  const [least, most] = [Math.min(...marks), Math.max(...marks)]
  const room = (most - least) * 0.15 || Math.max(most * 0.2, 0.005)
  const x = across(lines.flatMap(({ points }) => points.map(({ at }) => at)))
  const y = scaleLinear(
    [Math.max(0, least - room), Math.min(1, most + room)],
    [size.height - size.bottom, size.top],
  )
  return (
    <svg
      className="plot look-plot"
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={`${title}, over looks; the numbers are in the table below`}
    >
      {y.ticks(3).map(at => (
        <g key={at}>
          <line className="grid" x1={size.left} x2={size.width - size.right} y1={y(at)} y2={y(at)} />
          <text x={size.left - 5} y={y(at) + 4} textAnchor="end">
            {formatShare(at)}
          </text>
        </g>
      ))}
      {limit ? (
        <line
          className="limit"
          x1={size.left}
          x2={size.width - size.right}
          y1={y(limit.value)}
          y2={y(limit.value)}
        />
      ) : null}
      {lines.map(({ name, points }, index) => (
        <g key={name} className={`line-${index}`}>
          <path className="curve" d={pathOf(points, x, y)} />
          {points.map(({ at, value }, place) =>
            value === null || (index === 0 && place < points.length - 1) ? null : (
              <circle key={at} cx={x(at)} cy={y(value)} r={place === points.length - 1 ? 3 : 1.4} />
            ),
          )}
        </g>
      ))}
    </svg>
  )
}

function pathOf(points: LookChart['lines'][number]['points'], x: Scale, y: Scale): string {
  let pen = 'M'
  return points
    .map(({ at, value }) => {
      if (value === null) {
        pen = 'M'
        return ''
      }
      const part = `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`
      pen = 'L'
      return part
    })
    .join('')
}

/** The same numbers, newest first. */
export function LooksTable({ charts }: { charts: readonly LookChart[] }) {
  const lines = charts.flatMap(({ title, lines: own }) =>
    own.map(line => ({ ...line, head: own.length > 1 ? `${title}, ${line.name}` : title })),
  )
  const times = (lines[0]?.points ?? []).map(({ at }) => at)
  return (
    <details>
      <summary>The same as a table</summary>
      <SimpleTable
        label="Looks"
        head={['Look', ...lines.map(({ head }) => `>${head}`)]}
        rows={times
          .map((at, place) => [
            <Time key="at" at={iso(at)} />,
            ...lines.map(({ points }) => {
              const value = points[place]?.value ?? null
              return value === null ? 'not measured' : formatShare(value)
            }),
          ])
          .toReversed()}
      />
    </details>
  )
}

/** One cell of the harm test: its interval at every look against what is not allowed. Worse is up. */
export function HarmChart({ series }: { series: HarmSeries }) {
  const { contract, slice, metric, status, margin, newest, points } = series
  const drawn = points.filter(point => point.interval !== null)
  return (
    <figure className={newest.harmed ? 'look-chart harmed' : 'look-chart'}>
      <figcaption>
        <h3 className="anywhere">{slice}</h3>
        <span className="tiny muted anywhere">
          {contract}, {metricWord(metric)}
          {status === 'protected' ? '' : status === 'watched' ? ', watched' : ', on trial'}
        </span>
      </figcaption>
      {drawn.length === 0 ? (
        <p className="muted small not-measured">
          {typeof newest.estimate === 'number'
            ? 'not tested yet: it needs more rows first'
            : whyUndefined(newest.estimate)}
        </p>
      ) : (
        <HarmLines series={series} />
      )}
      <p className="tiny">
        <b>{harmWord(newest)}</b>, n {shortNumber(newest.n)}
        {newest.interval ? `, ${boundsText(newest.interval)}` : ''}
        {margin === null ? ', no margin' : `, allowed ${series.twoSided ? '±' : ''}${shortNumber(margin)}`}
      </p>
    </figure>
  )
}

function HarmLines({ series }: { series: HarmSeries }) {
  const { slice, contract, margin, twoSided, points } = series
  const x = across(points.map(({ at }) => at))
  const y = scaleLinear(harmDomain(series), [size.height - size.bottom, size.top]).clamp(true)
  const limits = margin === null ? [] : twoSided ? [margin, -margin] : [margin]
  return (
    <svg
      className="plot look-plot"
      viewBox={`0 0 ${size.width} ${size.height}`}
      role="img"
      aria-label={`${contract} on ${slice}: interval at each look against the margin; the newest stands below`}
    >
      {limits.map((limit, index) => (
        <rect
          key={limit}
          className="forbidden"
          x={size.left}
          width={size.width - size.left - size.right}
          y={index === 0 ? size.top : y(limit)}
          height={index === 0 ? y(limit) - size.top : size.height - size.bottom - y(limit)}
        />
      ))}
      {[0, ...limits].map(at => (
        <g key={at}>
          <line
            className={at === 0 ? 'grid' : 'limit'}
            x1={size.left}
            x2={size.width - size.right}
            y1={y(at)}
            y2={y(at)}
          />
          {at === 0 && limits.some(limit => Math.abs(y(limit) - y(0)) < labelRoom) ? null : (
            <text x={size.left - 5} y={y(at) + 4} textAnchor="end">
              {shortNumber(at)}
            </text>
          )}
        </g>
      ))}
      {points.map(({ at, interval, estimate }) => (
        <g key={at}>
          {interval ? (
            <line className="reach" x1={x(at)} x2={x(at)} y1={y(interval.lower)} y2={y(interval.upper)} />
          ) : null}
          {interval && typeof estimate === 'number' ? <circle cx={x(at)} cy={y(estimate)} r={2.2} /> : null}
        </g>
      ))}
    </svg>
  )
}
