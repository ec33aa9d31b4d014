import { shortHash } from '../format.ts'

/** A content hash, shortened; the whole is in the title and is what gets selected by a screen reader. */
export function Hash({ value }: { value: string }) {
  return (
    <code title={value}>
      <span aria-hidden="true">{shortHash(value)}</span>
      <span className="sr-only">{value}</span>
    </code>
  )
}
