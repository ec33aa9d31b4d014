import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MetadataDatabase, openMetadata } from '../../src/adapters/metadata/index.ts'
import { connect } from '../../src/client/index.ts'
import { byColumn, type deployment as declare, feedback } from '../../src/definitions/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { openFeedback } from '../../src/platform/feedback.ts'
import { createDecisionReader } from '../../src/serving/index.ts'
import { deploy, writeRelease } from '../../src/serving/testing/release-fixture.ts'
import { startTestFront, type TestFront, until } from '../../src/serving/testing/test-front.ts'

const kinds = [
  feedback('late', { is: 'label', within: '1s' }),
  feedback('right', { is: 'yes-no' }),
  feedback('fixed', { is: 'correction' }),
  feedback('saved', { is: 'outcome' }),
]
const defined = {
  ...{ kind: 'deployment', name: 'late', model: 'late', deadline: '5s', log: 'written', feedback: kinds },
  ...{ fallback: { kind: 'constant', score: 0.2 }, slices: [{ ...byColumn('origin'), name: 'origin' }] },
} as unknown as ReturnType<typeof declare>

describe('feedback from the data port to realised metrics', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-feedback-loop-'))
  let front: TestFront
  let db: MetadataDatabase
  let room: ReturnType<typeof openFeedback>
  const faults: unknown[] = []
  beforeAll(async () => {
    front = await startTestFront()
    const release = writeRelease(front.folder, { number: 2, feedback: kinds })
    deploy(front.folder, { name: 'late', digest: release.digest })
    await until(async () => (await send([])).status === 200 && (await release2()))
    db = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
    await db.migrate()
    room = openFeedback({
      ...{ database: db, clock: systemClock, servingFolder: front.folder },
      reader: createDecisionReader(join(front.folder, 'log')),
      definedDeployments: async () => [defined],
      erased: async () => () => false,
      onFault: error => faults.push(error),
    })
    room.duty.start()
  })
  afterAll(async () => {
    await room.duty.stop()
    expect(faults).toEqual([])
    await db.close()
    await front.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const release2 = async () =>
    (await front.post('/predict/late', { origin: 'SEA', distance: 1 })).headers.get('fettle-release') === '2'
  const send = (items: unknown) => front.post('/feedback/late', { items })
  const predict = async (origin: string, distance: number) => {
    const { body } = await front.post('/predict/late', { origin, distance })
    return body.predictions[0]?.prediction_id ?? ''
  }

  it('refuses what is wrong with the whole request', async () => {
    const refusals: readonly (readonly [string, unknown, string])[] = [
      ['/feedback/none', { items: [] }, 'UNKNOWN_DEPLOYMENT'],
      ['/feedback/late', [], 'BAD_JSON'],
      ['/feedback/late', 'x', 'BAD_JSON'],
      ['/feedback/late', { items: {} }, 'WRONG_TYPE'],
      ['/feedback/late', {}, 'WRONG_TYPE'],
      ['/feedback/late', { items: [], more: 1 }, 'UNKNOWN_INPUT'],
      ['/feedback/late', `{"items":${'['.repeat(50)}`, 'TOO_DEEP'],
    ]
    for (const [path, body, code] of refusals)
      expect((await front.post(path, body)).body.error.code).toBe(code)
    expect((await fetch(`${front.url}/feedback/late`)).status).toBe(405)
  })

  it('10 000 items at once are taken, one by one', async () => {
    const items = Array.from({ length: 10_000 }, (_, n) => ({
      ...{ key: { origin: `none ${n}` }, kind: 'saved', value: n },
      event_time: n === 77 ? '2100-01-01T00:00:00Z' : '2001-01-01T00:00:00Z',
    }))
    const { status, body } = await send(items)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      accepted: 9_999,
      duplicate: 0,
      pending: 0,
      rejected: [{ index: 77, code: 'FUTURE_TIME' }],
    })
    expect((await send(items)).body).toMatchObject({ accepted: 0, duplicate: 9_999 })
  })

  it('a label by id, by request, by key; a vote, a correction: joined, and measured', async () => {
    const client = connect({ url: 'http://127.0.0.1:9', dataUrl: front.url })
    const begun = BigInt(Date.now()) * 1000n
    const ids: string[] = []
    for (let n = 0; n < 40; n++) ids.push(await predict(n % 2 === 0 ? 'OSLO' : 'ROME', n * 100))
    const mine = await front.post('/predict/late', { rows: [{ origin: 'PISA', distance: 1 }], id: 'mine' })
    const byRequest = mine.body.predictions[0]?.prediction_id ?? ''
    const eventTime = new Date()
    // The correction is known after the label it corrects.
    await new Promise(resolve => setTimeout(resolve, 20))
    const reply = await client.feedback('late', [
      ...ids.map((predictionId, n) => ({
        ...{ predictionId, kind: 'late', value: n > 20 ? 1 : 0, eventTime },
        knownTime: eventTime,
      })),
      { requestId: 'mine', row: 0, kind: 'late', value: 1, eventTime },
      { key: { origin: 'PISA' }, kind: 'saved', value: 12.5, eventTime },
      { predictionId: ids[3] ?? '', kind: 'fixed', value: 1, eventTime, source: 'desk', note: 'looked' },
      { predictionId: ids[0] ?? '', kind: 'right', value: true, eventTime, source: 'demo' },
      { predictionId: '0190a000-0000-7000-8000-000000000001-0', kind: 'late', value: 1, eventTime },
    ])
    expect(reply).toEqual({ accepted: 44, duplicate: 0, pending: 1, rejected: [] })
    await until(async () => (await room.service.status('late')).counts.some(each => each.kind === 'right'))
    await until(async () => {
      const { counts } = await room.service.status('late')
      return counts.every(each => each.joined >= (each.kind === 'late' ? 41 : 1))
    })
    const said = await room.service.ofPrediction(ids[3] ?? '')
    expect(said.map(each => [each.kind, each.value, each.holds])).toEqual([
      ['late', 0, false],
      ['fixed', 1, true],
    ])
    expect((await room.service.ofPrediction(byRequest)).map(each => each.kind).sort()).toEqual([
      'late',
      'saved',
    ])
    const labels = await room.service.labels({
      deployment: 'late',
      since: begun,
      knownBy: systemClock.nowMicros(),
    })
    expect(labels).toHaveLength(41)
    expect(labels?.find(each => each.predictionId === ids[3])?.value).toBe(1)
    expect(
      await room.service.outcomes({ deployment: 'late', since: begun, knownBy: systemClock.nowMicros() }),
    ).toEqual([{ predictionId: byRequest, kind: 'saved', value: 12.5 }])
    const found = await until1(async () => {
      const performance = await room.service.performance('late', { since: begun })
      return (performance.groups[0]?.labelled ?? 0) >= 41 ? performance : undefined
    })
    expect(found.groups).toHaveLength(1)
    expect(found.groups[0]).toMatchObject({
      release: 2,
      arm: 'champion',
      labelled: 41,
      all: { positives: 21 },
    })
    expect(found.groups[0]?.slices[0]?.values.map(({ value, matured }) => [value, matured])).toEqual([
      ['OSLO', 20],
      ['ROME', 20],
      ['PISA', 1],
    ])
    expect(found.demo).toMatchObject({ votes: 1, right: 1 })
    const before = await room.service.performance('late', { since: begun, asKnownAt: begun })
    expect(before.groups).toEqual([])
  })
})

/** What comes true, once it has. */
async function until1<Value>(find: () => Promise<Value | undefined>): Promise<Value> {
  let found: Value | undefined
  await until(async () => {
    found = await find()
    return found !== undefined
  })
  if (found === undefined) throw new Error('not found')
  return found
}
