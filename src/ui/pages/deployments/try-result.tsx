import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { PredictResponse } from '../../../api/deployments.ts'
import { Notice } from '../../components/messages.tsx'
import { Figures } from '../../components/page.tsx'
import { queries } from '../../data/queries.ts'
import { formatFixed } from '../../format.ts'
import { Reasons } from '../decisions/reasons.tsx'
import { ScoreLine } from '../decisions/score-line.tsx'

/** The answer as the caller got it, and the reasons read back from the decision record. */
export function TryResult({ answer, threshold }: { answer: PredictResponse; threshold: number | undefined }) {
  const [prediction] = answer.predictions
  if (!prediction) return null
  const degraded = prediction.degraded_reason ?? []
  return (
    <section className="result" aria-label="Prediction">
      <Figures
        items={[
          ['Score', formatFixed(prediction.score)],
          ['Action', prediction.action ?? <span className="muted">none</span>],
          ['Served by', <small key="by">{prediction.served_by}</small>],
        ]}
      />
      <ScoreLine score={prediction.score} threshold={threshold} />
      {degraded.length > 0 ? <Notice tone="warn">Degraded: {degraded.join(', ')}</Notice> : null}
      <LoggedReasons id={prediction.prediction_id} />
      <p>
        <Link to="/decisions/$id" params={{ id: prediction.prediction_id }}>
          Open the decision record
        </Link>
      </p>
    </section>
  )
}

function LoggedReasons({ id }: { id: string }) {
  const decision = useQuery({ ...queries.decision(id), retry: 3, retryDelay: 300 })
  if (decision.error)
    return <p className="small muted">The reasons cannot be read yet; the decision record has them.</p>
  if (!decision.data) return <p className="small muted">Reading the reasons</p>
  return <Reasons {...decision.data} />
}
