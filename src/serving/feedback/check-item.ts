import { hash } from 'node:crypto'
import type { FeedbackData } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { isName } from '../../kernel/ids.ts'
import type { Micros } from '../../kernel/time.ts'
import { coerce } from '../json/coerce.ts'
import { entityKeyText } from './entity-key.ts'
import { type ActorClass, actorClasses, type FeedbackItem, type FeedbackTarget } from './model.ts'
import { type FeedbackTerms, rankOf } from './terms.ts'

const members: ReadonlySet<string> = new Set([
  'feedback_id',
  'prediction_id',
  'request_id',
  'row',
  'key',
  'kind',
  'value',
  'event_time',
  'known_time',
  'source',
  'actor_class',
  'actor',
  'note',
])

/** How far the sender's clock may be ahead. */
const slackMicros: Micros = 300_000_000n
const maxRow = 65_535
/** Times are numbers in the log: exact from here on. */
const earliest: Micros = -9_007_199_254_740_991n

export interface ItemFacts {
  readonly terms: FeedbackTerms
  /** Of this machine: known time of an item that gives none; no time may be later, but for a little slack. */
  readonly receivedAt: Micros
  /** Who sent it, where callers are known: the actor of items that name none. */
  readonly caller: string | null
}

/** One item of a request. Throws FettleError: the code is what the caller is told of it. */
export function checkItem(
  input: unknown,
  index: number,
  { terms, receivedAt, caller }: ItemFacts,
): FeedbackItem {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new FettleError('WRONG_TYPE', `item ${index} is not an object`)
  const sent = input as Readonly<Record<string, unknown>>
  const other = Object.keys(sent).find(name => !members.has(name))
  if (other !== undefined)
    throw new FettleError(
      'UNKNOWN_INPUT',
      `item ${index} has ${JSON.stringify(other.slice(0, 80))}, which is no member of an item`,
    )
  const item = { sent, index }
  const kind = kindOf(item, terms)
  const target = targetOf(item, terms)
  const value = sentValue(item, kind)
  const eventTime = timeOf(item, 'event_time', receivedAt)
  if (eventTime === undefined) throw missing(index, 'event_time')
  const known = timeOf(item, 'known_time', receivedAt)
  if (known !== undefined && known < eventTime)
    throw new FettleError('OUT_OF_RANGE', `item ${index} was known before it happened`)
  const source = sourceOf(item)
  const actorClass = actorClassOf(item)
  const actor = textOf(item, 'actor', 200) ?? null
  const note = textOf(item, 'note', 2000) ?? null
  const times = { eventTime: Number(eventTime), knownTime: Number(known ?? receivedAt) }
  const said = [target, kind.name, value, times.eventTime, known === undefined ? null : times.knownTime]
  const id = textOf(item, 'feedback_id', 200) ?? `fb_${digest([...said, source, actorClass, actor, note])}`
  return {
    ...{ id, target, kind: kind.name, value, ...times },
    ...{ source, actorClass, actor: actor ?? caller, note, rank: rankOf(kind, source) },
  }
}

/** What an id stands for: an item with the id of another one and other content is a conflict. */
export function contentOf({ target, kind, value, eventTime }: FeedbackItem): string {
  return digest([target, kind, value, eventTime])
}

function digest(content: unknown): string {
  return hash('sha256', JSON.stringify(content), 'hex').slice(0, 32)
}

interface Sent {
  readonly sent: Readonly<Record<string, unknown>>
  readonly index: number
}

function kindOf({ sent, index }: Sent, { kinds }: FeedbackTerms): FeedbackData {
  const name = sent['kind']
  if (name === undefined) throw missing(index, 'kind')
  const kind = typeof name === 'string' ? kinds.get(name) : undefined
  if (kind) return kind
  const there = kinds.size === 0 ? 'there are none' : `there are ${[...kinds.keys()].join(', ')}`
  throw new FettleError('FEEDBACK_UNKNOWN_KIND', `item ${index} is of a kind that is not declared; ${there}`)
}

const predictionForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-(?:0|[1-9][0-9]{0,4})$/

function targetOf(item: Sent, terms: FeedbackTerms): FeedbackTarget {
  const { sent, index } = item
  const ways = ['prediction_id', 'request_id', 'key'].filter(name => sent[name] !== undefined)
  if (ways.length !== 1)
    throw new FettleError(
      'EXACTLY_ONE_OF',
      `item ${index} has ${ways.length === 0 ? 'none' : ways.join(' and ')} of prediction_id, request_id and key`,
    )
  if (sent['row'] !== undefined && ways[0] !== 'request_id')
    throw new FettleError('UNKNOWN_INPUT', `item ${index} has a row without a request_id`)
  if (ways[0] === 'prediction_id') {
    const predictionId = textOf(item, 'prediction_id', 100) ?? ''
    if (predictionForm.test(predictionId)) return { predictionId }
    throw new FettleError('BAD_KEY', `item ${index} has a prediction_id that no reply ever gave out`)
  }
  if (ways[0] === 'request_id') return { requestId: textOf(item, 'request_id', 1024) ?? '', row: rowOf(item) }
  return { entityKey: keyOf(item, terms) }
}

function rowOf({ sent, index }: Sent): number {
  if (sent['row'] === undefined) throw missing(index, 'row')
  const row = coerce(sent['row'], 'int64', { column: 'row', row: index, nullable: false })
  if (typeof row === 'bigint' && row >= 0n && row <= BigInt(maxRow)) return Number(row)
  throw new FettleError('OUT_OF_RANGE', `item ${index} has a row outside 0 … ${maxRow}`)
}

function keyOf({ sent, index }: Sent, { checkKey, request }: FeedbackTerms): string {
  if (!checkKey) throw new FettleError('BAD_KEY', `item ${index} has a key, and the deployment has no entity`)
  const key = entityKeyText(request, checkKey(sent['key'], index, new Float64Array(0), 0))
  if (key === undefined) throw new FettleError('NULL_NOT_ALLOWED', `item ${index} has a key that is null`)
  return key
}

function sentValue({ sent, index }: Sent, kind: FeedbackData): number {
  const value = sent['value']
  if (value === undefined) throw missing(index, 'value')
  const place = { column: 'value', row: index, nullable: false }
  if (kind.is === 'yes-no') return coerce(value, 'bool', place) === true ? 1 : 0
  const number = coerce(value, 'float64', place) as number
  const { range } = kind
  if (range && !(number >= range.from && number <= range.to))
    throw new FettleError(
      'OUT_OF_RANGE',
      `item ${index} is outside ${range.from} … ${range.to}, which is declared for ${kind.name}`,
    )
  if (!range && kind.is !== 'outcome' && number !== 0 && number !== 1)
    throw new FettleError('OUT_OF_RANGE', `item ${index} is neither 0 nor 1, as a label of two classes is`)
  return number === 0 ? 0 : number
}

/** RFC 3339 with zone, or whole microseconds. */
function timeOf({ sent, index }: Sent, name: string, latest: Micros): Micros | undefined {
  const given = sent[name]
  if (given === undefined) return undefined
  const place = { column: name, row: index, nullable: false }
  const time = coerce(given, 'timestamp', place, typeof given === 'string' ? 'text' : 'micros') as Micros
  if (time > latest + slackMicros) throw new FettleError('FUTURE_TIME', `item ${index}: ${name} is to come`)
  if (time < earliest) throw new FettleError('OUT_OF_RANGE', `item ${index}: ${name} is before 1685`)
  return time
}

function sourceOf(item: Sent): string {
  const source = textOf(item, 'source', 63) ?? 'api'
  if (isName(source)) return source
  throw new FettleError('WRONG_TYPE', `item ${item.index} has a source that is no name`, {
    hint: 'A name is a lower-case letter, then letters, digits, _ and -.',
  })
}

function actorClassOf({ sent, index }: Sent): ActorClass {
  const given = sent['actor_class'] ?? 'system'
  const known = actorClasses.find(each => each === given)
  if (known) return known
  throw new FettleError('OUT_OF_RANGE', `item ${index}: actor_class is none of ${actorClasses.join(', ')}`)
}

/** A text of 1 to `most` characters without U+0000; absent is fine. */
function textOf({ sent, index }: Sent, name: string, most: number): string | undefined {
  if (sent[name] === undefined) return undefined
  const text = coerce(sent[name], 'string', { column: name, row: index, nullable: false }) as string
  if (text.length > 0 && text.length <= most && !text.includes('\0')) return text
  throw new FettleError('BAD_KEY', `item ${index}: ${name} is not a text of 1 to ${most} characters`)
}

function missing(index: number, name: string): FettleError {
  return new FettleError('MISSING_INPUT', `item ${index} lacks ${name}`)
}
