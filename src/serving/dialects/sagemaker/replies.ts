import { availableParallelism } from 'node:os'
import type { Answered, DecodedRequest } from '../../front/answered.ts'
import type { Reply } from '../../front/http.ts'
import { answeredHeaders } from '../answered-headers.ts'
import { actionOf, numberText } from '../outputs.ts'

/** `Accept: text/csv`: one line a row, the outputs in registered order. */
export function encodeCsvReply(answered: Answered<DecodedRequest>): Reply {
  const { rows, release } = answered
  const lines = rows.map(row => {
    const action = release.action ? `,${quoted(actionOf(row, release))}` : ''
    return `${numberText(row.score)}${action}\n`
  })
  return {
    status: 200,
    body: lines.join(''),
    contentType: 'text/csv; charset=utf-8',
    headers: answeredHeaders(answered),
  }
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** What a batch transform asks before it sends. */
export function executionParameters() {
  return {
    MaxConcurrentTransforms: availableParallelism(),
    BatchStrategy: 'MULTI_RECORD',
    MaxPayloadInMB: 6,
  }
}
