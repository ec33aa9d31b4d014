import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type MetadataDatabase, openMetadata } from '../../src/adapters/metadata/index.ts'
import { feedback } from '../../src/definitions/language.ts'
import { settableClock } from '../../src/kernel/clock.ts'
import {
  createFeedbackService,
  type DecisionLookup,
  type JoinableDecision,
  joinByPass,
  joinNamed,
  type NewFeedback,
} from '../../src/monitoring/index.ts'
import type { DecisionRecord } from '../../src/serving/index.ts'
import { naiveJoin, naiveLabels } from './naive-feedback.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-feedback-oracle-'))
let db: MetadataDatabase
beforeAll(async () => {
  db = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
  await db.migrate()
})
afterAll(async () => {
  await db.close()
  rmSync(folder, { recursive: true, force: true })
})

const second = 1_000_000n
const start = 1_700_000_000n * second
const day = 86_400n * second
const kinds = [feedback('late', { is: 'label' }), feedback('fixed', { is: 'correction' })]

const decisions = fc.array(
  fc.record({ request: fc.nat(5), row: fc.nat(1), key: fc.nat(2), at: fc.nat(20), lag: fc.nat(2) }),
  { maxLength: 14 },
)
const target = fc.oneof(
  fc.record({ by: fc.constant('prediction' as const), which: fc.nat(16) }),
  fc.record({ by: fc.constant('request' as const), request: fc.nat(6), row: fc.nat(1) }),
  fc.record({ by: fc.constant('key' as const), key: fc.nat(3) }),
)
const items = fc.array(
  fc.record({
    target,
    value: fc.nat(1),
    event: fc.nat(25),
    known: fc.nat(12),
    rank: fc.constantFrom(0, 1, null),
    is: fc.constantFrom('label' as const, 'correction' as const),
    used: fc.boolean(),
    within: fc.integer({ min: 1, max: 12 }),
  }),
  { maxLength: 16 },
)
/** What happens next: the next decisions become readable, the next items arrive (again), due items are looked at. */
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('decisions' as const), take: fc.array(fc.nat(13), { maxLength: 5 }) }),
    fc.record({ do: fc.constant('items' as const), take: fc.array(fc.nat(15), { maxLength: 5 }) }),
    fc.record({ do: fc.constant('join' as const), after: fc.nat(60) }),
  ),
  { maxLength: 12 },
)

const keyOf = (key: number) => JSON.stringify([`k${key}`])
let runs = 0

it('joins and labels do not depend on what came when, how often, and are those of the specification', async () => {
  await fc.assert(
    fc.asyncProperty(decisions, items, steps, fc.nat(14), async (drawn, said, order, until) => {
      const deployment = `d${runs++}`
      const all = drawn.map(
        ({ request, row, key, at, lag }, n): JoinableDecision => ({
          ...{ deployment, predictionId: `p${n}`, requestId: `r${request}`, row, entityKey: keyOf(key) },
          asOf: start + BigInt(at) * second,
          decidedAt: start + BigInt(at + lag) * second,
        }),
      )
      const rows = said.map(({ target, value, event, known, rank, is, used, within }, n): NewFeedback => {
        const about = { predictionId: null, requestId: null, row: null, entityKey: null }
        if (target.by === 'prediction') Object.assign(about, { predictionId: `p${target.which}` })
        else if (target.by === 'request')
          Object.assign(about, { requestId: `r${target.request}`, row: target.row })
        else Object.assign(about, { entityKey: keyOf(target.key) })
        return {
          ...{ ...about, deployment, id: `f${n}`, kind: is === 'label' ? 'late' : 'fixed', is, value, rank },
          eventTime: start + BigInt(event) * second,
          knownTime: start + BigInt(known) * second,
          receivedAt: start + 30n * second,
          within: BigInt(within) * second,
          ...{ source: 'api', actorClass: 'system', actor: null, weight: 1, note: null },
          ...(used
            ? { state: 'active', reason: null }
            : { state: 'quarantined', reason: 'source-not-listed' }),
        }
      })
      const visible = new Set<JoinableDecision>()
      const lookup: DecisionLookup = {
        find: async id => [...visible].find(({ predictionId }) => predictionId === id),
        async *scan(name, since) {
          const seen = [...visible].filter(each => each.deployment === name && each.decidedAt >= since)
          yield seen.map(asRecord)
          yield seen.slice(0, 2).map(asRecord)
        },
      }
      const add = (taken: readonly NewFeedback[]) => db.transaction(({ feedback }) => feedback.add(taken))
      let now = start + 31n * second
      const joinAll = async () => {
        while ((await joinNamed(deployment, now, { uow: db, decisions: lookup })) > 0);
        while ((await joinByPass(deployment, now, { uow: db, decisions: lookup })) > 0);
      }
      for (const step of order) {
        if (step.do === 'join') {
          now += BigInt(step.after) * 60n * second
          await joinAll()
        } else if (step.do === 'items') await add(step.take.flatMap(n => rows[n] ?? []))
        else for (const n of step.take) if (all[n]) visible.add(all[n])
      }
      for (const decision of all) visible.add(decision)
      await add(rows)
      now = start + 32n * second + day
      await joinAll()

      const service = createFeedbackService({
        uow: db,
        clock: settableClock(now),
        decisions: lookup,
        declared: async () => ({ feedback: kinds, model: 'm' }),
      })
      const knownBy = start + BigInt(until) * second
      const labels = await service.labels({ deployment, since: start, knownBy })
      expect(Object.fromEntries((labels ?? []).map(each => [each.predictionId, each.value]))).toEqual(
        naiveLabels(rows, all, knownBy),
      )
      const { items: stored } = await db.read.feedback.list({ deployment, limit: 100 })
      expect(Object.fromEntries(stored.map(({ id, join }) => [id, join.predictionId]))).toEqual(
        Object.fromEntries(rows.map(row => [row.id, naiveJoin(row, all)?.predictionId ?? null])),
      )
    }),
    { numRuns: 150 },
  )
})

/** As much of a record as joining reads. */
function asRecord(decision: JoinableDecision): DecisionRecord {
  const { predictionId, requestId, row, decidedAt, asOf, deployment, entityKey } = decision
  return {
    ...{ predictionId, requestId, row, decidedAt, asOf, shadowOf: null },
    entity: { key: JSON.parse(entityKey ?? '[]')[0] },
    release: { deployment, request: [{ name: 'key', role: 'key' }] },
  } as unknown as DecisionRecord
}
