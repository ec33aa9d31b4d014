import { type Finding, failed, type GateRow, passed } from '../../deployments/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import type { Release } from '../../registry/index.ts'
import type { Answer, IsolatedCopy } from './copy.ts'

/** One bad input and what it must end in (serving.md §13); no code: it is answered. */
interface FuzzCase {
  readonly name: string
  readonly body: string
  readonly status: number
  readonly codes: readonly string[]
  readonly rows?: number
  readonly contentType?: string
}

type Field = Release['features']['request'][number]

/** Bad inputs for every field of the signature: each ends in its declared outcome, none in a 500. */
export async function checkSignatureFuzz(
  copy: IsolatedCopy,
  release: Release,
  [good]: readonly GateRow[],
): Promise<Finding> {
  if (good === undefined) return failed('there is no row to start from', 'Give the model self-test rows.')
  const cases = [...bodyCases(good.request), ...release.features.request.flatMap(fieldCases(good.request))]
  const wrong: string[] = []
  for (const each of cases) {
    const answer = await copy.send('candidate', each.body, each.contentType)
    if (!isDeclared(each, answer))
      wrong.push(
        `${each.name} ends in ${answer.status} ${answer.code ?? ''}, not ${each.status} ${each.codes.join(' or ')}`,
      )
  }
  if (wrong.length === 0)
    return passed(`${cases.length} bad inputs each end in their declared outcome`, { n: cases.length })
  return failed(
    `${wrong.length} of ${cases.length} bad inputs end otherwise: ${wrong.slice(0, 3).join('; ')}`,
    'The signature does not say what the model takes.',
    { n: cases.length },
  )
}

function isDeclared({ status, codes, rows }: FuzzCase, answer: Answer): boolean {
  if (answer.status !== status) return false
  if (status === 200) return answer.predictions.length === (rows ?? 1)
  return codes.includes(answer.code ?? '')
}

const refusal = (name: string, body: string, ...codes: readonly string[]): FuzzCase => ({
  name,
  body,
  status: codes.includes('BATCH_TOO_LARGE') ? 413 : 400,
  codes,
})
const answered = (name: string, body: string, rows = 1): FuzzCase => ({
  name,
  body,
  status: 200,
  codes: [],
  rows,
})
const rowsBody = (row: object): string => JSON.stringify({ rows: [row] })

const tooManyRows = 4097
const tooDeep = 10_000

function bodyCases(good: GateRow['request']): readonly FuzzCase[] {
  const body = rowsBody(good)
  return [
    answered('a good row', body),
    answered('an empty batch', '{"rows":[]}', 0),
    refusal('an oversize batch', JSON.stringify({ rows: Array(tooManyRows).fill(good) }), 'BATCH_TOO_LARGE'),
    refusal('an extra field', rowsBody({ ...good, 'gate extra': 1 }), 'UNKNOWN_INPUT'),
    refusal('a row that is a list', '{"rows":[[]]}', 'WRONG_TYPE'),
    refusal('an empty body', '', 'BAD_JSON'),
    refusal('null', 'null', 'BAD_JSON'),
    refusal('a truncated body', body.slice(0, -2), 'BAD_JSON'),
    refusal('two values', `${body}${body}`, 'BAD_JSON'),
    refusal(`${tooDeep} open brackets`, '['.repeat(tooDeep), 'TOO_DEEP', 'BAD_JSON'),
    {
      name: 'a body of another type',
      body,
      status: 415,
      codes: ['UNSUPPORTED_MEDIA'],
      contentType: 'text/html',
    },
  ]
}

const fieldCases =
  (good: GateRow['request']) =>
  (field: Field): readonly FuzzCase[] => {
    const { name, nullable } = field
    const { [name]: _, ...without } = good
    const withValue = (value: Json) => rowsBody({ ...good, [name]: value })
    const written = (token: string) => withValue('\u0001').replace('"\\u0001"', token)
    return [
      refusal(`no ${name}`, rowsBody(without), 'MISSING_INPUT'),
      nullable
        ? answered(`${name} null`, withValue(null))
        : refusal(`${name} null`, withValue(null), 'NULL_NOT_ALLOWED'),
      refusal(`${name} an object`, withValue({}), 'WRONG_TYPE', 'NOT_AN_INTEGER'),
      ...typeCases(field, written),
    ]
  }

function typeCases(
  { name, type, role, nullable }: Field,
  written: (token: string) => string,
): readonly FuzzCase[] {
  if (type === 'float64' || type === 'float32')
    return [
      nullable
        ? answered(`${name} NaN`, written('NaN'))
        : refusal(`${name} NaN`, written('NaN'), 'OUT_OF_RANGE'),
      refusal(`${name} Infinity`, written('Infinity'), 'OUT_OF_RANGE'),
      refusal(`${name} -Infinity`, written('-Infinity'), 'OUT_OF_RANGE'),
      refusal(`${name} 1e400`, written('1e400'), 'OUT_OF_RANGE'),
      refusal(`${name} true`, written('true'), 'WRONG_TYPE'),
    ]
  if (type === 'int64')
    return [
      refusal(`${name} 1.5`, written('1.5'), 'NOT_AN_INTEGER'),
      refusal(`${name} 2⁶³`, written('9223372036854775808'), 'OUT_OF_RANGE'),
      refusal(`${name} true`, written('true'), 'WRONG_TYPE'),
    ]
  if (type !== 'string') return [refusal(`${name} 7`, written('7.5'), 'WRONG_TYPE', 'NOT_AN_INTEGER')]
  return [
    answered(`${name} never seen`, written('"gate never seen"')),
    refusal(`${name} half a character`, written('"\\ud800"'), 'BAD_UTF8'),
    refusal(`${name} 7`, written('7'), 'WRONG_TYPE'),
    ...(role === 'key' ? [refusal(`${name} with NUL`, written('"a\\u0000b"'), 'BAD_KEY')] : []),
  ]
}
