import { useQuery } from '@tanstack/react-query'
import { emptyTexts } from '../../texts.ts'
import { EvaluationPanel } from '../models/evaluation-panel.tsx'
import { type ReleaseAt, releaseQueries } from './queries.ts'
import { ReportGate } from './report-gate.tsx'

export function EvaluationTab({ at }: { at: ReleaseAt }) {
  const query = useQuery(releaseQueries.report('releaseEvaluation', at))
  return (
    <ReportGate at={at} query={query} absent={emptyTexts.evaluation}>
      {report => <EvaluationPanel report={report} />}
    </ReportGate>
  )
}
