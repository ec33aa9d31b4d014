import { formatNumber } from '../../format.ts'

interface PictureProps {
  readonly score: number
  readonly threshold: number | null
  readonly action: string | null
  readonly acts: boolean
}

/** The score between nothing and certainty, and the line from which it acts; the sentence below says the same. */
export function ScorePicture({ score, threshold, action, acts }: PictureProps) {
  const inside = score >= 0 && score <= 1
  return (
    <figure className="score-picture">
      {inside ? <Scale score={score} threshold={threshold} action={action} /> : null}
      <figcaption className="small soft">{sentence({ score, threshold, action, acts })}</figcaption>
    </figure>
  )
}

const percent = (value: number) => `${Math.min(Math.max(value, 0), 1) * 100}%`

function Scale({ score, threshold, action }: Omit<PictureProps, 'acts'>) {
  return (
    <div className="scale" aria-hidden="true">
      <span className="score" style={{ left: percent(score) }}>
        {formatNumber(score, 3)}
      </span>
      <div className="track">
        {threshold === null ? null : <span className="acting" style={{ left: percent(threshold) }} />}
        <span className="dot" style={{ left: percent(score) }} />
        {threshold === null ? null : <span className="line" style={{ left: percent(threshold) }} />}
      </div>
      {threshold === null || action === null ? null : (
        <div className="sides tiny">
          <span>no action</span>
          <span>{action}</span>
        </div>
      )}
    </div>
  )
}

function sentence({ score, threshold, action, acts }: PictureProps): string {
  if (threshold === null || action === null) return `Score ${formatNumber(score, 3)}.`
  const side = acts ? 'above' : 'not above'
  return `Score ${formatNumber(score, 3)}, ${side} ${formatNumber(threshold, 3)}, from which it says ${action}.`
}
