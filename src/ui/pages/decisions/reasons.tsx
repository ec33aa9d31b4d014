import type { Decision } from '../../../api/deployments.ts'

export function Reasons({ reasons, reviewed }: Pick<Decision, 'reasons' | 'reviewed'>) {
  if (reasons.length === 0) return <p className="small muted">No reasons: this model cannot be explained.</p>
  return (
    <>
      <ol className="reasons" aria-label="Reasons, strongest first">
        {reasons.map(reason => (
          <li key={reason}>{reason}</li>
        ))}
      </ol>
      {reviewed === undefined ? null : (
        <p className="small muted">
          In words reviewed by {reviewed.reviewedBy}, version {reviewed.version}.
        </p>
      )}
    </>
  )
}
