import type { Rejection } from '../../features/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { WriteCall } from './write.ts'

/** What was wrong with a row: the column and one sentence. Undefined where the code says it all. */
export function rejectionMessage(
  row: number,
  code: Rejection,
  { source, request, mismatches }: WriteCall,
): { readonly column?: string; readonly message: string } | undefined {
  const now = formatTimestamp(request.now)
  const known = source?.knownAt.kind === 'column' ? source.knownAt.column : undefined
  const event = source?.eventTime ?? undefined
  switch (code) {
    case 'TYPE_MISMATCH': {
      const found = mismatches.get(row)
      return found && { column: found.column, message: `${found.found} is not a ${found.wanted}` }
    }
    case 'KEY_NULL':
      return { message: 'a key is null' }
    case 'EVENT_TIME_NULL':
      return { ...column(event), message: 'the event time is null' }
    case 'EVENT_TOO_FAR_IN_FUTURE':
      return {
        ...column(event),
        message: `the event time is later than the server's clock allows; it shows ${now}`,
      }
    case 'KNOWN_TIME_NULL':
      return { ...column(known), message: 'the known time is null' }
    case 'KNOWN_TOO_FAR_IN_FUTURE':
      return {
        ...column(known),
        message: `the known time is later than the server's clock allows; it shows ${now}`,
      }
    default:
      return undefined
  }
}

function column(name: string | undefined): { readonly column?: string } {
  return name === undefined ? {} : { column: name }
}
