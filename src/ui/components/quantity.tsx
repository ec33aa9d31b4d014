import { formatFixed } from '../format.ts'

/** A measured number, or why there is none. Never 0 for "not measured". */
export function Quantity({ value, decimals = 4 }: { value: unknown; decimals?: number }) {
  if (typeof value === 'number') return <span className="num">{formatFixed(value, decimals)}</span>
  if (typeof value === 'string') return <span className="num">{value}</span>
  const reason = undefinedReason(value)
  return (
    <span className="muted" title={reason}>
      not measured{reason ? <span className="sr-only">: {reason}</span> : null}
    </span>
  )
}

function undefinedReason(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('undefined' in value)) return undefined
  return typeof value.undefined === 'string' ? value.undefined : undefined
}
