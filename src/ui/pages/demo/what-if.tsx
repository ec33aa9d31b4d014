import { useQuery } from '@tanstack/react-query'
import { scaleLinear } from 'd3-scale'
import { useId, useState } from 'react'
import type { DemoFieldView, DemoView } from '../../../api/demo.ts'
import { ErrorNotice, Skeleton } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatNumber } from '../../format.ts'
import { isNumber, words } from './demo-field.tsx'
import { type DemoDoor, type Row, useDoor } from './door.ts'
import { type Flip, flipsOf, type SweptPoint, sweepValues, withinFlip } from './sweep.ts'

interface WhatIfProps {
  readonly demo: DemoView
  readonly row: Row
  /** Puts a value into the form. */
  readonly onTake: (name: string, value: number) => void
}

/** One number of the request moved through its range, all else as it was: each point is a real prediction. */
export function WhatIf({ demo, row, onTake }: WhatIfProps) {
  const movable = demo.fields.filter(field => isNumber(field) && typeof row[field.name] === 'number')
  const [name, setName] = useState<string>()
  const field = movable.find(each => each.name === name) ?? movable[0]
  return (
    <Panel title="What if" aside="one value moves, all else stays">
      {field === undefined ? (
        <p className="panel-note">
          Nothing that is sent is a number; only what is sent can be moved, not what is looked up.
        </p>
      ) : (
        <>
          {movable.length > 1 ? (
            <fieldset className="segments plain" aria-label="Which value moves">
              {movable.map(each => (
                <button
                  key={each.name}
                  type="button"
                  aria-pressed={each === field}
                  onClick={() => setName(each.name)}
                >
                  {words(each.name)}
                </button>
              ))}
            </fieldset>
          ) : null}
          <Sweep key={`${field.name} ${JSON.stringify(row)}`} {...{ demo, row, field, onTake }} />
        </>
      )}
    </Panel>
  )
}

function Sweep({ demo, row, field, onTake }: WhatIfProps & { field: DemoFieldView }) {
  const door = useDoor()
  const asked = Number(row[field.name])
  const sweep = useQuery({
    queryKey: ['demo', door.key, 'sweep', field.name, row],
    queryFn: () => sweepOf(door, { row, field, asked }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  if (sweep.error) return <ErrorNotice error={sweep.error} onRetry={() => void sweep.refetch()} />
  if (!sweep.data) return <Skeleton rows={4} />
  return <Moved {...{ demo, field, asked, onTake }} {...sweep.data} />
}

interface Swept {
  readonly points: readonly SweptPoint[]
  readonly flip: Flip | undefined
}

/** Of whole numbers the flip is then between neighbours, of others within a 30 000th of the range. */
const closerRounds = 2

/** One request for the range, and few for the neighbourhood of the nearest flip. */
async function sweepOf(
  door: DemoDoor,
  { row, field, asked }: { row: Row; field: DemoFieldView; asked: number },
): Promise<Swept> {
  const at = async (values: readonly number[]): Promise<readonly SweptPoint[]> => {
    if (values.length === 0) return []
    const { predictions } = await door.tryRows(values.map(value => ({ ...row, [field.name]: value })))
    return predictions.map(({ score, action }, index) => ({ value: values[index] ?? asked, score, action }))
  }
  const points = await at(sweepValues(field, asked))
  let [flip] = flipsOf(points, asked)
  for (let round = 0; round < closerRounds && flip !== undefined; round++) {
    const inner = await at(withinFlip(flip, field.type))
    if (inner.length === 0) break
    flip = flipsOf([flip.below, ...inner, flip.above], asked)[0] ?? flip
  }
  return { points, flip }
}

function Moved(
  props: Swept & Pick<WhatIfProps, 'demo' | 'onTake'> & { field: DemoFieldView; asked: number },
) {
  const { demo, field, asked, points, flip, onTake } = props
  const id = useId()
  const [index, setIndex] = useState(() => points.findIndex(point => point.value === asked))
  const here = points[index]
  const says = (action: string | null) => action ?? 'no action'
  return (
    <div className="what-if">
      <SweepPlot
        points={points}
        here={here}
        threshold={demo.action?.per ? null : (demo.action?.threshold ?? null)}
      />
      <label htmlFor={id}>
        {words(field.name)} <output htmlFor={id}>{here ? formatNumber(here.value, 6) : ''}</output>
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={points.length - 1}
        value={index}
        aria-valuetext={here ? `${formatNumber(here.value, 6)}: score ${formatNumber(here.score, 3)}` : ''}
        onChange={event => setIndex(Number(event.target.value))}
      />
      <p aria-live="polite">
        {here ? (
          <>
            Then the score is <strong className="num">{formatNumber(here.score, 3)}</strong>:{' '}
            {says(here.action)}.
          </>
        ) : null}{' '}
        {here && here.value !== asked ? (
          <button type="button" className="button" onClick={() => onTake(field.name, here.value)}>
            Put it into the form
          </button>
        ) : null}
      </p>
      <p className="soft">{flipText({ flip, asked, points, says, name: words(field.name) })}</p>
      <details>
        <summary>The same as a table</summary>
        <SimpleTable
          label="What if"
          head={[words(field.name), '>Score', 'Action']}
          rows={points.map(point => [
            formatNumber(point.value, 6),
            formatNumber(point.score, 4),
            says(point.action),
          ])}
        />
      </details>
    </div>
  )
}

interface FlipFacts extends Swept {
  readonly asked: number
  readonly name: string
  readonly says: (action: string | null) => string
}

function flipText({ flip, asked, points, says, name }: FlipFacts): string {
  const [first, last] = [points[0]?.value ?? asked, points.at(-1)?.value ?? asked]
  if (!flip)
    return `Between ${formatNumber(first, 6)} and ${formatNumber(last, 6)} it says the same: ${name} alone does not change it.`
  const { below, above } = flip
  return `It flips: ${says(below.action)} up to ${formatNumber(below.value, 6)}, ${says(above.action)} from ${formatNumber(above.value, 6)} on.`
}

const width = 640
const height = 150
const pad = { left: 34, right: 8, top: 8, bottom: 20 }

function SweepPlot(props: {
  points: readonly SweptPoint[]
  here: SweptPoint | undefined
  threshold: number | null
}) {
  const { points, here, threshold } = props
  const scores = points.map(({ score }) => score)
  const marks = threshold === null ? scores : [...scores, threshold]
  const [low, high] = [Math.min(...marks), Math.max(...marks)]
  const x = scaleLinear([points[0]?.value ?? 0, points.at(-1)?.value ?? 1], [pad.left, width - pad.right])
  const y = scaleLinear([low, high === low ? low + 0.01 : high], [height - pad.bottom, pad.top]).nice()
  const path = points.map(({ value, score }, at) => `${at === 0 ? 'M' : 'L'}${x(value)},${y(score)}`).join('')
  return (
    <svg className="sweep-plot" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {y.ticks(3).map(tick => (
        <g key={tick}>
          <line className="grid" x1={pad.left} x2={width - pad.right} y1={y(tick)} y2={y(tick)} />
          <text x={pad.left - 5} y={y(tick) + 4} textAnchor="end">
            {formatNumber(tick, 3)}
          </text>
        </g>
      ))}
      {x.ticks(5).map(tick => (
        <text key={tick} x={x(tick)} y={height - 5} textAnchor="middle">
          {formatNumber(tick, 4)}
        </text>
      ))}
      {threshold === null ? null : (
        <line
          className="threshold"
          x1={pad.left}
          x2={width - pad.right}
          y1={y(threshold)}
          y2={y(threshold)}
        />
      )}
      <path className="curve" d={path} />
      {here ? <circle cx={x(here.value)} cy={y(here.score)} r={5} /> : null}
    </svg>
  )
}
