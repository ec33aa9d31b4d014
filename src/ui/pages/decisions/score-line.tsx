import { formatNumber } from '../../format.ts'

/** Where the score stands between 0 and 1, and on which side of the threshold. The numbers stand beside it as text. */
export function ScoreLine({ score, threshold }: { score: number; threshold: number | null | undefined }) {
  const at = (value: number) => `${Math.min(Math.max(value, 0), 1) * 100}%`
  return (
    <div className="score-line" aria-hidden="true">
      <div className="track">
        <span className="fill" style={{ width: at(score) }} />
        {typeof threshold === 'number' ? (
          <span className="threshold" style={{ left: at(threshold) }} />
        ) : null}
      </div>
      <div className="labels tiny muted num">
        <span>0</span>
        {typeof threshold === 'number' ? (
          <span className="at" style={{ left: at(threshold) }}>
            threshold {formatNumber(threshold)}
          </span>
        ) : null}
        <span>1</span>
      </div>
    </div>
  )
}
