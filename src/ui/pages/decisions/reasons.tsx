export function Reasons({ reasons }: { reasons: readonly string[] }) {
  if (reasons.length === 0)
    return <p className="small muted">No reasons: this model has no exact explanation.</p>
  return (
    <ol className="reasons" aria-label="Reasons, strongest first">
      {reasons.map(reason => (
        <li key={reason}>{reason}</li>
      ))}
    </ol>
  )
}
