import { useQueries } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Curve } from '../../../api/tracking-runs.ts'
import { ErrorNotice, Skeleton } from '../../components/messages.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Segments } from '../../components/tabs.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { formatCount } from '../../format.ts'
import { CurveChart } from './curve-chart.tsx'
import { type Axis, askedRange, type CurveLine, parseRange } from './curve-lines.ts'

export interface CurveSource {
  readonly run: string
  readonly key: string
  readonly name: string
  readonly startedAt: string | null
  readonly live: boolean
}

export interface CurveGroup {
  readonly title: string
  readonly sources: readonly CurveSource[]
}

/** How charts are drawn; all of it is in the address. */
export function useChartSettings() {
  const search = useSearch({ strict: false })
  const navigate = useNavigate()
  const axis: Axis = search.axis === 'time' || search.axis === 'relative' ? search.axis : 'step'
  const change = useCallback(
    (next: object) =>
      void navigate({
        to: '.',
        search: ((previous: object) => ({ ...previous, ...next })) as never,
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  )
  const range = useMemo(() => parseRange(search.range), [search.range])
  return {
    axis,
    log: search.log === 'on',
    smooth: Math.min(0.99, Math.max(0, Number(search.smooth ?? 0) || 0)),
    range,
    table: search.view === 'table',
    change,
  }
}

const smoothings = ['0', '0.3', '0.6', '0.9', '0.97']

export function ChartBar() {
  const { range, smooth, change } = useChartSettings()
  return (
    <div className="run-bar">
      <Segments
        label="Over"
        param="axis"
        choices={[
          ['', 'Steps'],
          ['time', 'Time'],
          ['relative', 'Time since start'],
        ]}
      />
      <Segments
        label="Scale"
        param="log"
        choices={[
          ['', 'Linear'],
          ['on', 'Log'],
        ]}
      />
      <label>
        Smoothing{' '}
        <select
          className="input"
          style={{ width: 'auto' }}
          value={String(smooth)}
          onChange={event => change({ smooth: event.target.value === '0' ? undefined : event.target.value })}
        >
          {[...new Set([...smoothings, String(smooth)])].map(each => (
            <option key={each} value={each}>
              {each === '0' ? 'off' : each}
            </option>
          ))}
        </select>
      </label>
      <Segments
        label="Show as"
        param="view"
        choices={[
          ['', 'Charts'],
          ['table', 'Table'],
        ]}
      />
      {range ? (
        <button type="button" className="button" onClick={() => change({ range: undefined })}>
          Show all
        </button>
      ) : null}
    </div>
  )
}

/** One chart with its curves, each asked for at the width of the chart once it comes into sight. */
export function CurvePanel({ group }: { group: CurveGroup }) {
  const box = useRef<HTMLElement>(null)
  const { width, seen } = useSight(box)
  const { axis, log, smooth, range, table, change } = useChartSettings()
  const curves = useQueries({
    queries: group.sources.map(source => ({
      ...trackingQueries.curve(
        {
          run: source.run,
          key: source.key,
          axis: axis === 'step' ? ('step' as const) : ('time' as const),
          pixels: table ? 60 : pixelsFor(width, group.sources.length),
          ...askedRange(range, axis, source.startedAt),
        },
        source.live,
      ),
      enabled: seen,
    })),
    combine: useCallback(combineCurves, []),
  })
  const lines = useMemo(
    () =>
      group.sources.flatMap((source, index): CurveLine[] => {
        const curve = curves.data[index]
        return curve ? [{ name: source.name, startedAt: source.startedAt, curve }] : []
      }),
    [group.sources, curves.data],
  )
  const onRange = useCallback(
    (chosen: readonly [number, number] | undefined) =>
      change({ range: chosen ? `${tidy(chosen[0])}..${tidy(chosen[1])}` : undefined }),
    [change],
  )
  return (
    <figure className="chart" ref={box}>
      <h3>{group.title}</h3>
      {curves.error ? <ErrorNotice error={curves.error} /> : null}
      {!seen || curves.pending ? (
        <Skeleton rows={6} />
      ) : table ? (
        <CurveTable lines={lines} />
      ) : (
        <CurveChart {...{ lines, axis, log, smooth, range, onRange }} label={group.title} />
      )}
    </figure>
  )
}

function tidy(value: number): number {
  return Number(value.toPrecision(12))
}

function combineCurves(
  results: readonly { data: Curve | undefined; error: Error | null; isPending: boolean }[],
) {
  return {
    data: results.map(result => result.data),
    error: results.find(result => result.error)?.error ?? null,
    pending: results.some(result => result.isPending),
  }
}

/** Each column has up to four points: more columns weigh more than the eye can tell. Of many lines fewer do. */
function pixelsFor(width: number, lines: number): number {
  const wanted = Math.min(600, Math.max(120, width))
  return Math.ceil((lines > 8 ? wanted / 2 : wanted) / 60) * 60
}

function useSight(box: { readonly current: HTMLElement | null }) {
  const [state, setState] = useState({ width: 0, seen: false })
  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new IntersectionObserver(
      entries => {
        if (!entries.some(entry => entry.isIntersecting)) return
        setState({ width: element.clientWidth, seen: true })
        observer.disconnect()
      },
      { rootMargin: '200px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return state
}

function CurveTable({ lines }: { lines: readonly CurveLine[] }) {
  return lines.map(({ name, curve }) => (
    <div className="chart-table" key={curve.run + curve.key}>
      <p className="tiny muted">
        {name}
        {curve.sampled
          ? `: sampled, ${formatCount(curve.points.length)} of ${formatCount(curve.of)} points`
          : `: all ${formatCount(curve.of)} points`}
      </p>
      <SimpleTable
        label={`${name} by step`}
        head={['>Step', '>Value', 'At']}
        rows={curve.points.map(point => [
          formatCount(point.step),
          <Quantity key="value" value={point.value} decimals={5} />,
          <Time key="at" at={point.at} />,
        ])}
      />
    </div>
  ))
}
