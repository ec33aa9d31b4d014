import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Tracking } from '../../../src/experiments/index.ts'
import { uuidv7 } from '../../../src/kernel/ids.ts'
import { trackingOver } from '../../support/tracking.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const mila = { name: 'mila' }
const newId = () => uuidv7().replaceAll('-', '')

export function syncSuite({ db, again, clock }: MetadataUnderTest): void {
  let tracking: Tracking
  beforeAll(() => {
    tracking = trackingOver(db(), clock)
  })
  const begin = (run: string) => ({ op: 'run', run, experiment: 'synced', startedAt: 5, tags: {} })
  const log = (run: string, step: number) => ({ op: 'log', run, metrics: [['m', step, step, step]] })

  describe('sync', () => {
    it('has one identity, whoever asks first', async () => {
      const ids = await Promise.all(
        ['a', 'b', 'c'].map(async client => (await tracking.sync.contact(client)).server.id),
      )
      const other = await again()
      const there = await trackingOver(other, clock).sync.contact('d')
      await other.close()
      expect(new Set([...ids, there.server.id]).size).toBe(1)
    })

    it('gives the same store for any cuts and repeats of a spool', async () => {
      const pieces = fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 12 })), { maxLength: 12 })
      await fc.assert(
        fc.asyncProperty(pieces, async cuts => {
          const [client, run] = [newId(), newId()]
          const operations = [begin(run), ...Array.from({ length: 30 }, (_, step) => log(run, step))]
          const send = (from: number, count: number) => {
            const part = operations.slice(from, from + count)
            const [after, last] = [from === 0 ? '' : `d${from}`, `d${from + part.length}`]
            const shipment = { client, from: from + 1, after, last, sentAt: clock.nowMicros() }
            return tracking.sync.send({ ...shipment, operations: part }, mila)
          }
          let mark = 0
          for (const [from, count] of cuts) {
            const to = Math.min(from + count, operations.length)
            const sent = send(from, count)
            if (from > mark) {
              await expect(sent).rejects.toMatchObject({ code: 'SYNC_GAP' })
              continue
            }
            mark = Math.max(mark, to)
            expect(await sent).toMatchObject({ acknowledged: mark, refused: [] })
          }
          await send(0, operations.length)
          const { items } = await tracking.runs.history({ run, key: 'm', limit: 100 })
          expect(items.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, step) => step))
        }),
        { numRuns: 25 },
      )
    })

    it('leaves nothing of a shipment that is cut at its mark', async () => {
      const database = db()
      let isCut = true
      const cutting: typeof database = {
        ...database,
        transaction: work =>
          database.transaction(async stores => {
            const result = await work(stores)
            if (isCut) throw new Error('cut')
            return result
          }),
      }
      const cut = trackingOver(cutting, clock)
      const [client, run] = [newId(), newId()]
      await tracking.sync.contact(client)
      const operations = [begin(run), log(run, 0), log(run, 1)]
      const shipment = { client, from: 1, after: '', last: 'x', sentAt: clock.nowMicros(), operations }
      await expect(cut.sync.send(shipment, mila)).rejects.toThrow('cut')
      await expect(tracking.runs.head(run)).rejects.toMatchObject({ code: 'EXPERIMENT_RUN_UNKNOWN' })
      expect(await tracking.sync.contact(client)).toMatchObject({ acknowledged: 0 })
      isCut = false
      expect(await cut.sync.send(shipment, mila)).toMatchObject({ acknowledged: 3, refused: [] })
      expect((await tracking.runs.history({ run, key: 'm' })).items).toHaveLength(2)
    })

    it('does not forget what it refused', async () => {
      const [client, run] = [newId(), newId()]
      const operations = Array.from({ length: 1_200 }, (_, step) => log(run, step))
      const shipment = { client, from: 1, after: '', last: 'x', sentAt: clock.nowMicros(), operations }
      const receipt = await tracking.sync.send(shipment, mila)
      expect(receipt.refused).toHaveLength(1_200)
      expect(await tracking.sync.refusals(client)).toEqual(receipt.refused)
      expect((await tracking.sync.clients(500)).find(each => each.client === client)).toMatchObject({
        ...{ sequence: 1_200, digest: 'x', skew: 0n, principal: 'mila' },
      })
    })
  })

  describe('run alerts', () => {
    it('are one per rule and run, closed once, and follow their rule', async () => {
      const { runAlerts } = db().read
      const { id: experiment } = await tracking.experiments.ensure('watched', mila)
      const { id: run } = await tracking.runs.create({ experiment }, mila)
      const rule = await tracking.alerts.addRule({ experiment, test: { kind: 'nan', key: 'm' } }, mila)
      expect(await runAlerts.rules()).toContainEqual(rule)
      const metrics = [{ key: 'm', value: Number.NaN, step: 1, at: 1n }]
      await tracking.runs.log(run, { metrics }, mila)
      await tracking.runs.log(run, { metrics: [{ key: 'm', value: Number.NaN, step: 2, at: 2n }] }, mila)
      const [alert, ...more] = await tracking.alerts.list({ experiment, limit: 10 })
      expect([alert, more]).toMatchObject([{ rule: rule.id, run, closedAt: null, muted: false }, []])
      const close = () => db().transaction(stores => stores.runAlerts.close(rule.id, run, 9n))
      expect([await close(), await close()]).toEqual([true, false])
      expect(await runAlerts.list({ run, open: true, limit: 10 })).toEqual([])
      await tracking.alerts.removeRule(rule.id, mila)
      await expect(tracking.alerts.mute(rule.id, null, mila)).rejects.toMatchObject({
        code: 'ALERT_RULE_UNKNOWN',
      })
    })
  })
}
