import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FeedbackData } from '../../definitions/index.ts'
import { uuidv7 } from '../../kernel/ids.ts'
import { parseTimestamp } from '../../kernel/time.ts'
import type { Release } from '../../registry/index.ts'
import { listSegments } from '../decisions/segment-index.ts'
import { logFiles } from '../log/files.ts'
import type { LogWriter } from '../log/writer.ts'
import { decidedRequest } from '../testing/decided-fixture.ts'
import { writeRelease } from '../testing/release-fixture.ts'
import { type FeedbackIntake, openFeedback } from './intake.ts'
import type { FeedbackItem } from './model.ts'
import { readFeedbackSegment } from './read-segment.ts'

const kinds: readonly FeedbackData[] = [
  { name: 'late', is: 'label', within: '30d' },
  { name: 'right', is: 'yes-no', within: '30d' },
  { name: 'fixed', is: 'correction', within: '30d', sources: ['audit', 'desk'] },
  { name: 'saved', is: 'outcome', range: { from: -100, to: 100 }, within: '7d' },
]
const now = parseTimestamp('2026-03-01T12:00:00Z') ?? 0n
const base = '0190a000-0000-7000-8000-000000000001'
const good = { prediction_id: `${base}-0`, kind: 'late', value: 1, event_time: '2026-03-01T11:00:00Z' }

let folder: string
let release: Release
let intake: FeedbackIntake
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-feedback-'))
  release = writeRelease(folder, { feedback: kinds })
  intake = await openFeedback({ servingFolder: folder })
})
afterEach(async () => {
  await intake.close()
  rmSync(folder, { recursive: true, force: true })
})

const take = (...items: unknown[]) => intake.take({ release, items, receivedAt: now, caller: 'desk-app' })
const codes = async (...items: unknown[]) => (await take(...items)).rejected.map(({ code }) => code)

async function written(): Promise<FeedbackItem[]> {
  const at = join(folder, 'feedback')
  const all: FeedbackItem[] = []
  for (const name of await listSegments(at)) {
    const { frames } = await readFeedbackSegment(at, name)
    all.push(...frames.flatMap(({ frame }) => frame.items))
  }
  return all
}

/** A log that takes everything, so that what was decided can be overheard. */
const silentLog: LogWriter = {
  append: async () => undefined,
  counters: () => ({}) as ReturnType<LogWriter['counters']>,
  recovered: {} as LogWriter['recovered'],
  seal: () => undefined,
  close: async () => undefined,
}

describe('items that cannot be taken', () => {
  it.each([
    ['no object', 'x', 'WRONG_TYPE'],
    ['a list', [], 'WRONG_TYPE'],
    ['null', null, 'WRONG_TYPE'],
    ['a member that is none', { ...good, eventtime: 1 }, 'UNKNOWN_INPUT'],
    ['no kind', { ...good, kind: undefined }, 'MISSING_INPUT'],
    ['an undeclared kind', { ...good, kind: 'early' }, 'FEEDBACK_UNKNOWN_KIND'],
    ['a kind that is no text', { ...good, kind: 7 }, 'FEEDBACK_UNKNOWN_KIND'],
    ['no target', { ...good, prediction_id: undefined }, 'EXACTLY_ONE_OF'],
    ['two targets', { ...good, key: { origin: 'SEA' } }, 'EXACTLY_ONE_OF'],
    ['an id no reply gave out', { ...good, prediction_id: 'nope' }, 'BAD_KEY'],
    ['an id with a row too many', { ...good, prediction_id: `${base}-100000` }, 'BAD_KEY'],
    ['an id without a row', { ...good, prediction_id: base }, 'BAD_KEY'],
    ['a request without a row', { ...good, prediction_id: undefined, request_id: 'r' }, 'MISSING_INPUT'],
    ['a negative row', { ...good, prediction_id: undefined, request_id: 'r', row: -1 }, 'OUT_OF_RANGE'],
    ['half a row', { ...good, prediction_id: undefined, request_id: 'r', row: 0.5 }, 'NOT_AN_INTEGER'],
    ['a row beside a prediction id', { ...good, row: 0 }, 'UNKNOWN_INPUT'],
    ['an empty request id', { ...good, prediction_id: undefined, request_id: '', row: 0 }, 'BAD_KEY'],
    ['a key of another entity', { ...good, prediction_id: undefined, key: { plane: 'N1' } }, 'UNKNOWN_INPUT'],
    ['an empty key', { ...good, prediction_id: undefined, key: {} }, 'MISSING_INPUT'],
    ['a key that is null', { ...good, prediction_id: undefined, key: { origin: null } }, 'NULL_NOT_ALLOWED'],
    ['a key of another type', { ...good, prediction_id: undefined, key: { origin: 7 } }, 'WRONG_TYPE'],
    ['a key with NUL', { ...good, prediction_id: undefined, key: { origin: 'a\0' } }, 'BAD_KEY'],
    ['no value', { ...good, value: undefined }, 'MISSING_INPUT'],
    ['a value that is null', { ...good, value: null }, 'NULL_NOT_ALLOWED'],
    ['a label that is a word', { ...good, value: 'late' }, 'WRONG_TYPE'],
    ['a label that is a bool', { ...good, value: true }, 'WRONG_TYPE'],
    ['a label of a third class', { ...good, value: 2 }, 'OUT_OF_RANGE'],
    ['a correction between the classes', { ...good, kind: 'fixed', value: 0.5 }, 'OUT_OF_RANGE'],
    ['a yes that is 1', { ...good, kind: 'right', value: 1 }, 'WRONG_TYPE'],
    ['an amount out of range', { ...good, kind: 'saved', value: 100.5 }, 'OUT_OF_RANGE'],
    ['an amount that is not finite', { ...good, kind: 'saved', value: Number.NaN }, 'OUT_OF_RANGE'],
    ['no event time', { ...good, event_time: undefined }, 'MISSING_INPUT'],
    ['a time without zone', { ...good, event_time: '2026-03-01T11:00:00' }, 'WRONG_TYPE'],
    ['a time that is none', { ...good, event_time: '2026-02-30T11:00:00Z' }, 'WRONG_TYPE'],
    ['an event to come', { ...good, event_time: '2026-03-01T12:06:00Z' }, 'FUTURE_TIME'],
    ['known in the future', { ...good, known_time: '2026-03-02T00:00:00Z' }, 'FUTURE_TIME'],
    ['known before it happened', { ...good, known_time: '2026-03-01T10:00:00Z' }, 'OUT_OF_RANGE'],
    ['an event before numbers hold it', { ...good, event_time: '1600-01-01T00:00:00Z' }, 'OUT_OF_RANGE'],
    ['a source that is no name', { ...good, source: 'The Desk' }, 'WRONG_TYPE'],
    ['an actor class that is none', { ...good, actor_class: 'robot' }, 'OUT_OF_RANGE'],
    ['an id with NUL', { ...good, feedback_id: 'a\0' }, 'BAD_KEY'],
    ['an id that is too long', { ...good, feedback_id: 'x'.repeat(201) }, 'BAD_KEY'],
    ['a lone surrogate', { ...good, note: '\ud800' }, 'BAD_UTF8'],
  ])('%s', async (_, item, code) => {
    const reply = await take(good, item, { ...good, value: 0 })
    expect(reply).toMatchObject({ accepted: 0, pending: 2, duplicate: 0, rejected: [{ index: 1, code }] })
    expect(await written()).toHaveLength(2)
  })

  it('a release without kinds takes none, item by item', async () => {
    release = writeRelease(folder, { number: 2 })
    expect(await codes(good, good)).toEqual(['FEEDBACK_UNKNOWN_KIND', 'FEEDBACK_UNKNOWN_KIND'])
    expect(await written()).toEqual([])
  })
})

describe('items that are taken', () => {
  it('every kind and target, with what is assumed', async () => {
    const reply = await take(
      good,
      { ...good, kind: 'right', value: false, source: 'demo', actor_class: 'product-staff', note: 'no' },
      { kind: 'saved', value: -3.5, event_time: Number(now), key: { origin: 'SEA' }, feedback_id: 'mine' },
      { ...good, prediction_id: undefined, request_id: 'r', row: 3, kind: 'fixed', value: 0, source: 'desk' },
      { ...good, kind: 'fixed', value: 0, source: 'elsewhere', known_time: '2026-03-01T11:30:00Z' },
    )
    expect(reply).toEqual({ accepted: 1, duplicate: 0, pending: 4, rejected: [] })
    expect(await written()).toMatchObject([
      {
        target: { predictionId: `${base}-0` },
        value: 1,
        source: 'api',
        actor: 'desk-app',
        actorClass: 'system',
        rank: 0,
      },
      { kind: 'right', value: 0, rank: null, note: 'no', actorClass: 'product-staff' },
      { id: 'mine', target: { entityKey: '["SEA"]' }, value: -3.5, knownTime: Number(now), rank: 0 },
      { target: { requestId: 'r', row: 3 }, rank: 1 },
      { rank: null, knownTime: Number(now) - 1_800_000_000 },
    ])
  })

  it('a vote of a demo page, without any declared kind; of another source it counts for nothing', async () => {
    release = writeRelease(folder, { number: 9 })
    const vote = { ...good, kind: 'demo', value: true, source: 'demo', note: 'it was late' }
    expect((await take(vote, { ...vote, source: 'api' })).rejected).toEqual([])
    expect((await written()).map(({ source, rank, value }) => [source, rank, value])).toEqual([
      ['demo', 0, 1],
      ['api', null, 1],
    ])
  })

  it('again is a duplicate, another content under an id is refused; also after a restart', async () => {
    const named = { ...good, feedback_id: 'a' }
    expect(await take(good, good, named)).toMatchObject({ pending: 2, duplicate: 1 })
    const again = () => take(good, named, { ...named, note: 'more' }, { ...named, value: 0 })
    const expected = { pending: 0, duplicate: 3, rejected: [{ index: 3, code: 'FEEDBACK_CONFLICT' }] }
    expect(await again()).toMatchObject(expected)
    await intake.close()
    intake = await openFeedback({ servingFolder: folder })
    expect(await again()).toMatchObject(expected)
    expect(await written()).toHaveLength(2)
  })

  it('the same at once from many callers is written once', async () => {
    const items = Array.from({ length: 700 }, (_, i) => ({ ...good, feedback_id: `f${i}` }))
    const replies = await Promise.all(Array.from({ length: 8 }, () => take(...items)))
    expect(replies.reduce((sum, reply) => sum + reply.pending, 0)).toBe(700)
    expect(replies.reduce((sum, reply) => sum + reply.duplicate, 0)).toBe(4_900)
    expect(await written()).toHaveLength(700)
  })

  it('what this front decided is known: by prediction, by request, up to its last row', async () => {
    const log = intake.overhear(silentLog, () => true)
    const request = decidedRequest(1, 2)
    await log.append(request, 'written')
    const shadow = { ...decidedRequest(2), shadowOf: request.base }
    await log.append(shadow, 'written')
    const of = (predictionId: string) => ({ ...good, prediction_id: predictionId })
    const named = (row: number) => ({
      ...good,
      prediction_id: undefined,
      request_id: request.requestId,
      row,
    })
    const reply = await take(
      ...[of(`${request.base}-0`), of(`${request.base}-1`), of(`${request.base}-2`)],
      ...[of(`${shadow.base}-0`), of(`${uuidv7()}-0`), named(1), named(2)],
    )
    expect(reply).toEqual({ accepted: 3, duplicate: 0, pending: 4, rejected: [] })
  })

  it('10 000 items, in several frames', async () => {
    const items = Array.from({ length: 10_000 }, (_, i) => ({
      key: { origin: `A${i}` },
      kind: 'late',
      value: i % 2,
      event_time: '2026-03-01T11:00:00Z',
    }))
    expect(await take(...items)).toEqual({ accepted: 10_000, duplicate: 0, pending: 0, rejected: [] })
    expect(new Set((await written()).map(({ id }) => id)).size).toBe(10_000)
  })
})

describe('the log', () => {
  it('what cannot be written is not acknowledged, leaves nothing, and may be sent again', async () => {
    await intake.close()
    let full = false
    const files = {
      ...logFiles,
      write(file: number, bytes: Uint8Array) {
        if (!full) return logFiles.write(file, bytes)
        logFiles.write(file, bytes.subarray(0, 11))
        throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      },
    }
    intake = await openFeedback({ servingFolder: folder, files })
    await take({ ...good, feedback_id: 'first' })
    full = true
    await expect(take({ ...good, feedback_id: 'second' })).rejects.toMatchObject({
      code: 'FEEDBACK_UNWRITABLE',
    })
    full = false
    expect(await take({ ...good, feedback_id: 'second' })).toMatchObject({ pending: 1, duplicate: 0 })
    expect((await written()).map(({ id }) => id)).toEqual(['first', 'second'])
  })

  it('a torn tail is cut at the next start; a full segment is followed by another', async () => {
    await take({ ...good, feedback_id: 'first' })
    const at = join(folder, 'feedback')
    const [open] = readdirSync(at)
    appendFileSync(join(at, open ?? ''), Buffer.from([9, 0, 0, 0, 1, 2]))
    const second = await openFeedback({ servingFolder: folder, segmentBytes: 100 })
    for (const id of ['second', 'third'])
      await second.take({
        release,
        items: [{ ...good, feedback_id: id }],
        receivedAt: now,
        caller: null,
      })
    await second.close()
    expect(readdirSync(at)).toHaveLength(3)
    expect((await written()).map(({ id }) => id)).toEqual(['first', 'second', 'third'])
  })

  it('a damaged frame of a sealed segment is passed over and counted', async () => {
    for (const id of ['a', 'b', 'c']) await take({ ...good, feedback_id: id })
    await intake.close()
    const at = join(folder, 'feedback')
    const [name] = await listSegments(at)
    if (!name) throw new Error('no segment')
    const whole = await readFeedbackSegment(at, name)
    const { readFileSync, writeFileSync } = await import('node:fs')
    const path = join(at, readdirSync(at)[0] ?? '')
    const bytes = readFileSync(path)
    const inSecond = (whole.frames[0]?.end ?? 0) + 20
    bytes.writeUInt8(bytes.readUInt8(inSecond) ^ 1, inSecond)
    writeFileSync(path, bytes)
    const read = await readFeedbackSegment(at, name)
    expect(read.frames.flatMap(({ frame }) => frame.items.map(({ id }) => id))).toEqual(['a', 'c'])
    expect(read.skippedBytes).toBe((whole.frames[1]?.end ?? 0) - (whole.frames[0]?.end ?? 0))
    expect(read.end).toBe(bytes.length)
  })
})
