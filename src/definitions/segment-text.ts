import type { Value } from '../kernel/values/model.ts'

/** The text by which a value names its segment of a threshold set, online as in batch; null for what names none. */
export function segmentText(value: Value): string | null {
  switch (typeof value) {
    case 'string':
      return value
    case 'boolean':
      return value ? 'true' : 'false'
    case 'bigint':
      return String(value)
    case 'number':
      return Number.isNaN(value) ? null : String(value + 0)
    default:
      return null
  }
}
