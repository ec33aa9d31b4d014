import { scaleLinear } from 'd3-scale'
import type { FlipReportView } from '../../../../api/stage-evidence.ts'
import { SimpleTable } from '../../../components/simple-table.tsx'
import { formatCount, formatNumber } from '../../../format.ts'

const size = { width: 620, height: 150, bottom: 18 } as const

type Scores = NonNullable<FlipReportView['scores']>

/** Scores of both on the same rows: the champion filled, the challenger as an outline over it. */
export function ScoreHistogram({ scores }: { scores: Scores }) {
  const { from, to, champion, challenger } = scores
  const most = Math.max(...champion, ...challenger, 1)
  const wide = size.width / Math.max(champion.length, 1)
  const y = scaleLinear([0, most], [size.height - size.bottom, 6])
  const edge = (at: number) => from + ((to - from) * at) / champion.length
  return (
    <figure className="score-histogram">
      <figcaption className="tiny">
        <span className="key champion">champion, filled</span>
        <span className="key challenger">challenger, outline</span>
      </figcaption>
      <svg
        className="plot"
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label="Scores of champion and challenger on the same rows; the numbers are in the table below"
      >
        {champion.map((count, at) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: bins do not move
            key={at}
            className="champion"
            x={at * wide + 1}
            width={wide - 2}
            y={y(count)}
            height={size.height - size.bottom - y(count)}
          />
        ))}
        <path
          className="challenger"
          d={challenger
            .map(
              (count, at) => `${at === 0 ? 'M' : 'L'}${at * wide} ${y(count)}L${(at + 1) * wide} ${y(count)}`,
            )
            .join('')}
        />
        {[0, 0.5, 1].map(share => (
          <text
            key={share}
            x={size.width * share}
            y={size.height - 4}
            textAnchor={share === 0 ? 'start' : share === 1 ? 'end' : 'middle'}
          >
            {formatNumber(from + (to - from) * share, 3)}
          </text>
        ))}
      </svg>
      <details>
        <summary>The same as a table</summary>
        <SimpleTable
          label="Scores"
          head={['Score from', '>to', '>Champion', '>Challenger']}
          rows={champion.map((count, at) => [
            formatNumber(edge(at), 3),
            formatNumber(edge(at + 1), 3),
            formatCount(count),
            formatCount(challenger[at] ?? 0),
          ])}
        />
      </details>
    </figure>
  )
}
