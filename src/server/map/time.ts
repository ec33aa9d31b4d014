import { formatTimestamp, type Micros } from '../../kernel/time.ts'

export function timestampOrNull(at: Micros | null): string | null {
  return at === null ? null : formatTimestamp(at)
}
