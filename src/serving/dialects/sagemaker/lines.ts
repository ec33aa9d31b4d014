import { FettleError } from '../../../kernel/errors/index.ts'
import { parseJson } from '../../json/parse-body.ts'
import { answeredHeaders } from '../answered-headers.ts'
import type { Codec } from '../codec.ts'
import { textOf } from '../mlflow/codec.ts'
import { decodeRecords, type FrameRequest } from '../mlflow/frame.ts'
import { rowTexts } from '../outputs.ts'
import { requireRows } from '../rows.ts'

/** `application/jsonlines`: one record in, one prediction line out. */
export const linesCodec: Codec<FrameRequest> = {
  decode(body, signature) {
    const records = linesOf(textOf(body)).map((line, at) => recordOf(line, at + 1, signature.integers))
    return decodeRecords(records, signature)
  },
  encode: answered => ({
    status: 200,
    body: rowTexts(answered)
      .map(text => `${text}\n`)
      .join(''),
    contentType: 'application/jsonlines',
    headers: answeredHeaders(answered),
  }),
}

/** The last line may end with a line feed or not. */
function linesOf(text: string): readonly string[] {
  const lines: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    lines.push(text.slice(at, end < 0 ? text.length : end))
    requireRows(lines.length)
    at = end < 0 ? text.length : end + 1
  }
  return lines
}

function recordOf(text: string, line: number, integers: boolean): unknown {
  try {
    return parseJson(text, { integers })
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    throw new FettleError(error.code, `line ${line}: ${error.message}`, { details: { line } })
  }
}
