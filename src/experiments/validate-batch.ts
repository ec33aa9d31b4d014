import { FettleError } from '../kernel/errors/index.ts'
import { textFault } from '../kernel/text.ts'
import type { ArtifactEntry, LogBatch, MetricPoint } from './model.ts'

/** Counts are per batch, lengths in UTF-16 units. */
const logLimits = {
  metrics: 10_000,
  params: 1_000,
  tags: 1_000,
  keyLength: 250,
  paramLength: 6_000,
  tagLength: 8_000,
  nameLength: 500,
  pathLength: 1_024,
} as const

const keyPattern = /^[\p{L}\p{N}_/.: -]+$/u
const badSegment = /(?:^|\/)(?:\.{0,2})(?:\/|$)/

/** Throws LOG_INVALID, naming the first value that cannot be logged. */
export function assertBatch(batch: LogBatch): void {
  const { params = {}, metrics = [], tags = {} } = batch
  assertCount('metrics', metrics.length)
  assertFacts('params', params, logLimits.paramLength)
  assertFacts('tags', tags, logLimits.tagLength)
  metrics.forEach(assertPoint)
}

function assertCount(part: 'metrics' | 'params' | 'tags', count: number): void {
  if (count > logLimits[part]) fail(`${part}: ${count} in one batch, at most ${logLimits[part]} are taken`)
}

function assertFacts(part: 'params' | 'tags', facts: Readonly<Record<string, string>>, length: number): void {
  assertCount(part, Object.keys(facts).length)
  for (const [key, value] of Object.entries(facts)) {
    assertKey(part, key)
    const fault = textFault(value)
    if (fault !== undefined) fail(`${part}["${key}"]: the value ${fault}`)
    if (value.length > length)
      fail(`${part}["${key}"]: the value has ${value.length} characters, at most ${length} are kept`)
  }
}

function assertPoint({ key, value, step, at }: MetricPoint, index: number): void {
  assertKey(`metrics[${index}].key`, key)
  if (typeof value !== 'number') fail(`metrics[${index}].value: not a number`)
  if (!Number.isSafeInteger(step)) fail(`metrics[${index}].step: ${step} is not a whole number below 2^53`)
  if (at < 0n || at >= 1n << 62n) fail(`metrics[${index}].at: before 1970 or beyond all calendars`)
}

function assertKey(place: string, key: string): void {
  if (key.length === 0 || key.length > logLimits.keyLength)
    fail(`${place}: a key has 1 to ${logLimits.keyLength} characters`)
  if (textFault(key) !== undefined || !keyPattern.test(key))
    fail(`${place}: "${key}" may only hold letters, digits, spaces and _ / . - :`)
  if (badSegment.test(key)) fail(`${place}: "${key}" may not hold empty, . or .. segments`)
}

function fail(message: string): never {
  throw new FettleError('LOG_INVALID', message)
}

/** Throws NAME_INVALID for a name that is empty, too long or not text. */
export function assertTitle(kind: string, name: string): void {
  const fault = textFault(name)
  if (fault === undefined && name.trim() !== '' && name.length <= logLimits.nameLength) return
  throw new FettleError(
    'NAME_INVALID',
    `The name of the ${kind} ${fault ?? `must have 1 to ${logLimits.nameLength} characters`}`,
    {
      hint: 'Give it a short, readable name.',
    },
  )
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const badPathCharacter = /[\u0000-\u001f\u007f\\#]/

/** Throws ARTIFACT_PATH_INVALID. */
export function assertArtifact({ path, hash, bytes }: ArtifactEntry): void {
  const usable =
    path.length <= logLimits.pathLength &&
    textFault(path) === undefined &&
    !badPathCharacter.test(path) &&
    !badSegment.test(path) &&
    !/%2e|%2f|%5c/i.test(path)
  if (!usable)
    throw new FettleError('ARTIFACT_PATH_INVALID', `${JSON.stringify(path)} is not a usable artifact path`)
  if (!/^sha256:[0-9a-f]{64}$/.test(hash) || !Number.isSafeInteger(bytes) || bytes < 0)
    throw new FettleError('ARTIFACT_UNKNOWN', `Artifact "${path}" has no usable hash and size`, {
      hint: 'Store the bytes first, then send the hash and size the store answered.',
    })
}
