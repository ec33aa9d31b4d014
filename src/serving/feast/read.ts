import type { FeatureAnswer, FeatureService } from '../../features/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { type FeatureStatus, typeMismatch, type Value, type ValueType } from '../../kernel/values/index.ts'
import type { Reply } from '../front/http.ts'
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
function encodeAnswer(answer: FeatureAnswer, { sent, compat, versions }: Encoding): string {
  const none = repeated(epoch, answer.rows)
  const present = repeated('"PRESENT"', answer.rows)
  let [names, results] = ['', '']
  const add = (name: string, { values, statuses, times }: Vector): void => {
    const comma = names === '' ? '' : ','
    names += `${comma}${JSON.stringify(name)}`
    results += `${comma}{"values":[${values}],"statuses":[${statuses}],"event_timestamps":[${times}]}`
  }
  for (const name of sent) {
    const key = answer.keys.find(each => each.role === 'key' && each.sent === name)
    if (key) add(name, { values: valuesText(key.type, key.values), statuses: present, times: none })
  }
  const times = answer.views.map(view => (view.kind === 'lookup' ? timesText(view.eventTimes) : none))
  const status = compat ? compatTokens : honestTokens
  for (const column of answer.columns)
    add(column.name, {
      values: valuesText(column.type, column.values),
      statuses: statusesText(column.statuses, status),
      times: column.view === null ? none : (times[column.view] ?? none),
    })
  const metadata = versions
    ? `,"feature_view_metadata":${JSON.stringify(answer.views.map(({ name, version }) => ({ name, version })))}`
    : ''
  return `{"results":[${results}],"metadata":{"feature_names":[${names}]${metadata}}}`
}

interface Vector {
  readonly values: string
  readonly statuses: string
  readonly times: string
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

function repeated(token: string, count: number): string {
  return count === 1 ? token : new Array<string>(count).fill(token).join(',')
}

// Joined in loops: a request of one row has as many of these lists as features.
function valuesText(type: ValueType, values: readonly Value[]): string {
  let text = ''
  for (let row = 0; row < values.length; row++)
    text += `${row > 0 ? ',' : ''}${encodeFeast(type, values[row] ?? null)}`
  return text
}

function statusesText(statuses: readonly FeatureStatus[], tokens: StatusTokens): string {
  let text = ''
  for (let row = 0; row < statuses.length; row++)
    text += `${row > 0 ? ',' : ''}${tokens[statuses[row] ?? 'ERROR']}`
  return text
}

function timesText(times: readonly (Micros | null)[]): string {
  return times.map(time => (time === null ? epoch : `"${formatFeastTime(time)}"`)).join(',')
}
