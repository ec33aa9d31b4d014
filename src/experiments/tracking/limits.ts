import { FettleError } from '../../kernel/errors/index.ts'
import { textFault } from '../../kernel/text.ts'
import type { DatasetInput, LoggedBatch, LoggedPoint } from './model.ts'

/** Counts are per request, lengths in Unicode code points. */
const limits = {
  metrics: 1_000,
  params: 100,
  tags: 100,
  all: 1_000,
  key: 250,
  paramValue: 6_000,
  tagValue: 8_000,
  experimentName: 500,
  experimentTagValue: 5_000,
  runName: 500,
  inputs: 1_000,
} as const

const keyPattern = /^[\p{L}\p{N}\p{M}_/.\- :]+$/u
const badSegment = /(?:^|\/)(?:\.{0,2})(?:\/|$)/

/** The wording of the messages is the one that MLflow's clients look for. */
export function invalid(message: string): never {
  throw new FettleError('TRACKING_INVALID', message)
}

function invalidValue(place: string, value: unknown, why: string): never {
  const shown = typeof value === 'string' && value.length > 100 ? `${value.slice(0, 100)}…` : String(value)
  const text = typeof value === 'number' || typeof value === 'bigint' ? shown : JSON.stringify(shown)
  return invalid(`Invalid value ${text} for parameter '${place}' supplied: ${why}`)
}

/** Longer than `limit` code points; a text of at most `limit` units is not. */
function isLonger(text: string, limit: number): boolean {
  if (text.length <= limit) return false
  return text.length > limit * 2 || [...text].length > limit
}

export function assertLength(place: string, text: string, limit: number): void {
  if (isLonger(text, limit)) invalid(`'${place}' exceeds the maximum length of ${limit} characters`)
}

function assertText(place: string, text: string): void {
  if (typeof text !== 'string') invalidValue(place, text, 'a text is wanted')
  const fault = textFault(text)
  if (fault !== undefined) invalidValue(place, text, `it ${fault}`)
}

/** Keys that were good before; a run logs the same few all the time. */
const goodKeys = new Set<string>()
const goodKeysLimit = 50_000

export function assertKey(place: string, key: string): void {
  if (goodKeys.has(key)) return
  assertText(place, key)
  if (key === '') invalidValue(place, key, 'a name is wanted')
  assertLength(place, key, limits.key)
  if (!keyPattern.test(key))
    invalidValue(
      place,
      key,
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).',
    )
  if (badSegment.test(key) || key.startsWith('..'))
    invalidValue(
      place,
      key,
      'Names may be treated as files in certain cases, and must not resolve to other names when treated as such.',
    )
  if (goodKeys.size >= goodKeysLimit) goodKeys.clear()
  goodKeys.add(key)
}

function cut(text: string, limit: number): string {
  return isLonger(text, limit) ? [...text].slice(0, limit).join('') : text
}

export interface CheckedBatch {
  readonly metrics: readonly LoggedPoint[]
  readonly params: ReadonlyMap<string, string>
  readonly tags: ReadonlyMap<string, string>
}

/** Which values were longer than what is kept of them. */
export const cutTag = 'fettle.truncated'

/** The batch as it is stored: infinities and long values cut. Throws TRACKING_INVALID, naming the first bad value. */
export function checkBatch({ metrics = [], params = [], tags = [] }: LoggedBatch): CheckedBatch {
  assertCounts(metrics.length, params.length, tags.length)
  const kept = new Map<string, string>()
  const shortened: string[] = []
  params.forEach(({ key, value }, index) => {
    assertKey(`params[${index}].key`, key)
    assertText(`params[${index}].value`, value)
    if (kept.has(key))
      invalid(
        `Duplicate parameter keys have been submitted: ['${key}'] (params[${index}].key). Please ensure the request contains only one param value per param key.`,
      )
    const text = cut(value, limits.paramValue)
    if (text !== value) shortened.push(`params.${key}`)
    kept.set(key, text)
  })
  const marks = new Map<string, string>()
  tags.forEach(({ key, value }, index) => {
    assertKey(`tags[${index}].key`, key)
    assertText(`tags[${index}].value`, value)
    const text = cut(value, limits.tagValue)
    if (text !== value) shortened.push(`tags.${key}`)
    marks.set(key, text)
  })
  if (shortened.length > 0) marks.set(cutTag, cut(shortened.join(', '), limits.tagValue))
  return { metrics: metrics.map(checkPoint), params: kept, tags: marks }
}

function assertCounts(metrics: number, params: number, tags: number): void {
  for (const [name, count] of Object.entries({ metrics, params, tags })) {
    const limit = limits[name as 'metrics' | 'params' | 'tags']
    if (count > limit)
      invalid(
        `A batch logging request can contain at most ${limit} ${name}. Got ${count} ${name}. Please split up ${name} across multiple requests and try again.`,
      )
  }
  const all = metrics + params + tags
  if (all > limits.all)
    invalid(
      `A batch logging request can contain at most ${limits.all} metrics, params, and tags in total. Got ${all}. Please split it up and try again.`,
    )
}

const latestTime = 1n << 62n

function checkPoint(point: LoggedPoint, index: number): LoggedPoint {
  const { key, value, step, at } = point
  assertKey(`metrics[${index}].name`, key)
  if (typeof value !== 'number') invalidValue(`metrics[${index}].value`, value, 'a number is wanted')
  if (!Number.isSafeInteger(step))
    invalidValue(`metrics[${index}].step`, step, 'a whole number between ±(2^53 - 1) is wanted')
  if (typeof at !== 'bigint' || at < 0n || at >= latestTime)
    invalidValue(`metrics[${index}].timestamp`, at, 'a time since 1970 is wanted')
  // Adding 0 makes one number of the two zeros, so that they are one point.
  if (Number.isFinite(value) || Number.isNaN(value))
    return Object.is(value, -0) ? { ...point, value: 0 } : point
  return { ...point, value: value > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE }
}

export function assertExperimentName(name: string): void {
  assertText('name', name)
  if (name === '') invalidValue('name', name, 'the name of an experiment is not empty')
  assertLength('name', name, limits.experimentName)
}

export function assertExperimentTag(key: string, value: string, place = 'key'): void {
  assertKey(place, key)
  assertText('value', value)
  assertLength('value', value, limits.experimentTagValue)
}

export function assertRunName(name: string): void {
  assertText('run_name', name)
  assertLength('run_name', name, limits.runName)
}

/** Throws TRACKING_INVALID, naming the field. */
export function assertDatasets(datasets: readonly DatasetInput[]): void {
  if (datasets.length > limits.inputs)
    invalid(`datasets: at most ${limits.inputs} are taken in one request, not ${datasets.length}`)
  datasets.forEach((dataset, index) => {
    const place = `datasets[${index}].dataset`
    for (const [field, limit] of datasetLimits) {
      const text = dataset[field]
      if (text === null) continue
      assertText(`${place}.${field}`, text)
      if (text === '' && (field === 'name' || field === 'digest'))
        invalidValue(`${place}.${field}`, text, 'a text is wanted')
      assertLength(`${place}.${field}`, text, limit)
    }
    for (const [key, value] of Object.entries(dataset.tags)) {
      assertText(`datasets[${index}].tags.key`, key)
      assertLength(`datasets[${index}].tags.key`, key, 255)
      assertText(`datasets[${index}].tags.value`, value)
      assertLength(`datasets[${index}].tags.value`, value, 500)
    }
  })
}

const datasetLimits = [
  ['name', 500],
  ['digest', 36],
  ['sourceType', 500],
  ['source', 65_535],
  ['schema', 1_048_575],
  ['profile', 16_777_215],
] as const
