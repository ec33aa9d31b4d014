import {
  cellCodes,
  codeStatuses,
  type FeatureAnswer,
  type FeatureCells,
  type FeatureService,
  hasValue,
} from '../../features/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { type FeatureStatus, typeMismatch } from '../../kernel/values/index.ts'
import type { Reply } from '../front/http.ts'
import {
  addCells,
  type CellDialect,
  type CellWriter,
  commonCode,
  doubleWriter,
  longNumber,
  longWriter,
} from '../json/cell-bytes.ts'
import { addText, writeText } from '../json/text-bytes.ts'
import { timeRoom, timeWriter } from '../json/time-bytes.ts'
import { addBytes, type Output, reserveBytes, writtenBytes } from '../written-bytes.ts'
import { columnsAt, flagAt, type JsonObject, memberOf, textsAt } from './body.ts'
import { problemAt } from './problems.ts'
import { encodeFeast, formatFeastTime, tryDecodeFeast } from './tokens.ts'

export interface FeastRead {
  readonly body: JsonObject
  readonly asOf: Micros
  /** What is null or too old is PRESENT, and the old value is sent. */
  readonly compat: boolean
}

/** `POST /get-online-features`. */
export async function getOnlineFeatures(
  service: FeatureService,
  { body, asOf, compat }: FeastRead,
): Promise<Reply> {
  const features = textsAt(body, 'features')
  const name = memberOf(body, 'feature_service') ?? null
  if (name !== null && typeof name !== 'string')
    throw problemAt('BAD_REQUEST', ['body', 'feature_service'], 'feature_service is not a text')
  if (features === undefined && name === null)
    throw problemAt('NO_FEATURES', ['body', 'features'], 'features is missing, and so is feature_service')
  const sent = memberOf(body, 'entities') === undefined ? {} : columnsAt(body, 'entities')
  const answer = await service.read({
    ...(features === undefined ? {} : { features }),
    ...(name === null ? {} : { service: name }),
    entities: sent,
    decode(json, type, place) {
      const value = tryDecodeFeast(type, json)
      if (value === undefined) throw typeMismatch(type, place, 'what was sent')
      return value
    },
    fullNames: flagAt(body, 'full_feature_names'),
    expiredValues: compat,
    asOf,
  })
  const versions = flagAt(body, 'include_feature_view_version_metadata')
  return { status: 200, body: encodeAnswer(answer, { sent: Object.keys(sent), compat, versions }) }
}

interface Encoding {
  /** Names of the columns that came. */
  readonly sent: readonly string[]
  readonly compat: boolean
  readonly versions: boolean
}

const epoch = '"1970-01-01T00:00:00Z"'

/** Feature-major: `results[i]` belongs to `feature_names[i]`, join keys first in the order they were sent. */
function encodeAnswer(answer: FeatureAnswer, { sent, compat, versions }: Encoding): Uint8Array {
  const keys = sent.flatMap(name => answer.keys.find(each => each.role === 'key' && each.sent === name) ?? [])
  const names = [...keys.map(key => key.sent), ...answer.columns.map(column => column.name)]
  const none = repeated(epoch, answer.rows)
  const times = answer.views.map(view => (view.times === null ? none : timesBytes(view.times.event)))
  const statuses = statusBytes(answer.rows, compat ? compatTokens : honestTokens)
  return writtenBytes(out => {
    const dialect = feastDialect()
    addText(out, '{"results":[')
    for (const [index, { type, values }] of keys.entries()) {
      addText(out, index > 0 ? ',{"values":[' : '{"values":[')
      addText(out, values.map(value => encodeFeast(type, value)).join(','))
      addRest(out, statuses.all(cellCodes.present), none)
    }
    for (const [index, { cells, view }] of answer.columns.entries()) {
      addText(out, index + keys.length > 0 ? ',{"values":[' : '{"values":[')
      addCells(out, cells, dialect)
      addRest(out, statuses.of(cells), view === null ? none : (times[view] ?? none))
    }
    addText(out, `],"metadata":{"feature_names":${JSON.stringify(names)}`)
    if (versions) {
      const known = answer.views.map(({ name, version }) => ({ name, version }))
      addText(out, `,"feature_view_metadata":${JSON.stringify(known)}`)
    }
    addText(out, '}}')
  })
}

function addRest(out: Output, statuses: Uint8Array, times: Uint8Array): void {
  addText(out, '],"statuses":[')
  addBytes(out, statuses)
  addText(out, '],"event_timestamps":[')
  addBytes(out, times)
  addText(out, ']}')
}

function feastDialect(): CellDialect {
  const finite = doubleWriter(value => encodeFeast('float64', value))
  const float: CellWriter = (bytes, at, cell) => {
    const value = cell.table.doubles[cell.index] ?? 0
    const end = finite(bytes, at, cell)
    const bare = Number.isInteger(value) && Math.abs(value) < 1e21 && !Object.is(value, -0)
    return bare ? writeText(bytes, end, '.0') : end
  }
  const integer = longWriter(String)
  return {
    writer: type => {
      if (type === 'float64' || type === 'float32') return float
      return type === 'int64' ? integer : undefined
    },
    token: encodeFeast,
  }
}

type StatusTokens = Readonly<Record<FeatureStatus, string>>
const honestTokens: StatusTokens = {
  PRESENT: '"PRESENT"',
  NULL_VALUE: '"NULL_VALUE"',
  NOT_FOUND: '"NOT_FOUND"',
  OUTSIDE_MAX_AGE: '"OUTSIDE_MAX_AGE"',
  ERROR: '"INVALID"',
}
const compatTokens: StatusTokens = { ...honestTokens, NULL_VALUE: '"PRESENT"', OUTSIDE_MAX_AGE: '"PRESENT"' }

function repeated(token: string, count: number): Buffer {
  return Buffer.from(count === 1 ? token : new Array<string>(count).fill(token).join(','))
}

/** Lists of statuses; of those where all rows have the same one, each is made once an answer. */
function statusBytes(rows: number, tokens: StatusTokens) {
  const made = new Map<number, Buffer>()
  const tokenOf = (code: number | undefined): string => tokens[codeStatuses[code ?? 0] ?? 'ERROR']
  const all = (code: number): Buffer => {
    const known = made.get(code) ?? repeated(tokenOf(code), rows)
    made.set(code, known)
    return known
  }
  const of = (cells: FeatureCells): Buffer => {
    const common = commonCode(cells)
    if (common !== undefined) return all(common)
    const { table, column } = cells
    const codes = table.codes.subarray(column * rows, (column + 1) * rows)
    return Buffer.from(Array.from(codes, tokenOf).join(','))
  }
  return { all, of }
}

function timesBytes(events: FeatureCells): Uint8Array {
  const write = timeWriter(true)
  const { table, column } = events
  return writtenBytes(out => {
    reserveBytes(out, table.rows * timeRoom)
    const { bytes } = out
    let at = 0
    for (let row = 0; row < table.rows; row++) {
      const index = column * table.rows + row
      if (row > 0) bytes[at++] = 0x2c
      const micros = longNumber(table, index)
      if (!hasValue(table.codes[index])) at = writeText(bytes, at, epoch)
      else if (Number.isSafeInteger(micros)) {
        bytes[at] = 0x22
        at = write(bytes, at + 1, micros)
        bytes[at++] = 0x22
      } else at = writeText(bytes, at, `"${formatFeastTime(table.longs[index] ?? 0n)}"`)
    }
    out.length = at
  })
}
