import type { FeatureAnswer, FeatureColumn, ViewAnswer } from '../../features/index.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import {
  encodeNative,
  type FeatureStatus,
  statusLetters,
  type Value,
  type ValueType,
} from '../../kernel/values/index.ts'

/** Compact columnar JSON (features.md §16.1). */
export function encodeAnswer({ asOf, rows, columns, views, errors }: FeatureAnswer, times: boolean): string {
  const stamp = timestampWriter()
  const cells = columns.map(column => columnText(column, stamp)).join(',')
  const looked = views.map(view => viewText(view, { asOf, times, stamp })).join(',')
  return `{"as_of":"${formatTimestamp(asOf)}","rows":${rows},"columns":[${cells}],"views":[${looked}],"errors":${JSON.stringify(errors)}}`
}

type Stamp = (micros: Micros) => string

function columnText({ name, type, values, statuses }: FeatureColumn, stamp: Stamp): string {
  return `{"name":${JSON.stringify(name)},"type":"${type}","values":${plainJson(type, values) ?? `[${valuesText(values, writerOf(type, stamp))}]`},"status":"${statusText(statuses)}"}`
}

/** The list as JSON.stringify writes it, twice as fast as piece by piece; undefined where that is not our text. */
function plainJson(type: ValueType, values: readonly Value[]): string | undefined {
  if (type === 'string') return JSON.stringify(values)
  if (type === 'int64') {
    const numbers = values.map(value => (value === null ? null : Number(value)))
    return numbers.every(number => number === null || Number.isSafeInteger(number))
      ? JSON.stringify(numbers)
      : undefined
  }
  if (type !== 'float64' && type !== 'float32') return undefined
  for (const value of values as readonly (number | null)[])
    if (value !== null && (value - value !== 0 || (value === 0 && Object.is(value, -0)))) return undefined
  return JSON.stringify(values)
}

function valuesText(values: readonly Value[], write: (value: Value) => string): string {
  let text = ''
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? null
    if (row > 0) text += ','
    text += value === null ? 'null' : write(value)
  }
  return text
}

function writerOf(type: ValueType, stamp: Stamp): (value: Value) => string {
  if (type === 'float64' || type === 'float32') return floatText
  if (type === 'int64') return integerText
  if (type === 'timestamp') return value => `"${stamp(value as bigint)}"`
  return value => encodeNative(type, value)
}

function floatText(value: Value): string {
  const number = value as number
  if (number - number !== 0) return encodeNative('float64', number)
  return number === 0 && Object.is(number, -0) ? '-0.0' : `${number}`
}

/** Digits of a number are made faster than those of a bigint. */
function integerText(value: Value): string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? `${number}` : `"${value}"`
}

/** One letter a row, or a single one if all are equal. */
function statusText(statuses: readonly FeatureStatus[]): string {
  const [first] = statuses
  if (first === undefined) return ''
  let at = 1
  while (at < statuses.length && statuses[at] === first) at += 1
  if (at === statuses.length) return statusLetters[first]
  let text = ''
  for (const status of statuses) text += statusLetters[status]
  return text
}

interface ViewContext {
  readonly asOf: Micros
  readonly times: boolean
  readonly stamp: Stamp
}

function viewText(view: ViewAnswer, { asOf, times, stamp }: ViewContext): string {
  const head = `{"name":${JSON.stringify(view.name)},"version":${view.version}`
  if (view.kind === 'window')
    return `${head},"watermark":${view.watermark === null ? 'null' : `"${stamp(view.watermark)}"`}}`
  if (!times) return `${head}}`
  let [events, known, ages] = ['', '', '']
  for (let row = 0; row < view.eventTimes.length; row++) {
    const comma = row > 0 ? ',' : ''
    const [event, seen] = [view.eventTimes[row] ?? null, view.knownTimes[row] ?? null]
    events += event === null ? `${comma}null` : `${comma}"${stamp(event)}"`
    known += seen === null ? `${comma}null` : `${comma}"${stamp(seen)}"`
    ages += event === null ? `${comma}null` : `${comma}${ageText(asOf - event)}`
  }
  return `${head},"event_time":[${events}],"known_time":[${known}],"age_us":[${ages}]}`
}

const ageText = (age: Micros): string => integerText(age < 0n ? 0n : age)

const dayMicros = 86_400_000_000
/** Within this a count of µs is exact as a double: the years 1684 to 2255. */
const exactMicros = Number.MAX_SAFE_INTEGER
const twoDigits = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))

/** As `formatTimestamp`, faster: the times of an answer are mostly of one day. */
export function timestampWriter(): Stamp {
  let today = Number.NaN
  let date = ''
  let last: Micros | undefined
  let lastText = ''
  const write: Stamp = micros => {
    const number = Number(micros)
    if (!(Math.abs(number) < exactMicros)) return formatTimestamp(micros)
    const day = Math.floor(number / dayMicros)
    if (day !== today) {
      date = formatTimestamp(BigInt(day * dayMicros)).slice(0, 11)
      today = day
    }
    const rest = number - day * dayMicros
    const seconds = Math.floor(rest / 1_000_000)
    const fraction = rest - seconds * 1_000_000
    const minutes = Math.floor(seconds / 60)
    const clock = `${twoDigits[Math.floor(minutes / 60)]}:${twoDigits[minutes % 60]}:${twoDigits[seconds % 60]}`
    const [high, low] = [Math.floor(fraction / 10_000), fraction % 10_000]
    return `${date}${clock}.${twoDigits[high]}${twoDigits[Math.floor(low / 100)]}${twoDigits[low % 100]}Z`
  }
  // Rows of one write share their known time.
  return micros => {
    if (micros !== last) {
      last = micros
      lastText = write(micros)
    }
    return lastText
  }
}
