import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { PredictResponse } from '../../../api/deployments.ts'
import { Notice } from '../../components/messages.tsx'
import { Figures } from '../../components/page.tsx'
import { queries } from '../../data/queries.ts'
import { formatFixed, formatNumber } from '../../format.ts'
import { Reasons } from '../decisions/reasons.tsx'
import { ScoreLine } from '../decisions/score-line.tsx'

/** The answer as the caller got it; what it was held against and the reasons are read back from the decision record. */
export function TryResult({ answer }: { answer: PredictResponse }) {
  const [prediction] = answer.predictions
  const id = prediction?.prediction_id ?? ''
  const decision = useQuery({
    ...queries.decision(id),
    enabled: prediction !== undefined,
    retry: 3,
    retryDelay: 300,
  })
  if (!prediction) return null
  const degraded = prediction.degraded_reason ?? []
  const { threshold = null, segment = null } = decision.data ?? {}
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
      {threshold === null ? null : (
        <p className="small soft">
          Held against {formatNumber(threshold)}
          {segment === null ? '' : `, the threshold of ${segment}`}.
        </p>
      )}
      {degraded.length > 0 ? <Notice tone="warn">Degraded: {degraded.join(', ')}</Notice> : null}
      {decision.error ? (
        <p className="small muted">The reasons cannot be read yet; the decision record has them.</p>
      ) : decision.data ? (
        <Reasons {...decision.data} />
      ) : (
        <p className="small muted">Reading the reasons</p>
      )}
      <p>
        <Link to="/decisions/$id" params={{ id: prediction.prediction_id }}>
          Open the decision record
        </Link>
      </p>
    </section>
  )
}
