import { describe, expect, it } from 'vitest'
import type { MetadataUnderTest } from '../metadata.ts'

const event = (object: string) => ({ at: 1n, principal: 'p', action: 'tested', object, details: null })

export function transactionsSuite({ db, again }: MetadataUnderTest): void {
  const names = async (prefix: string) =>
    (await db().read.audit.list({ objectPrefix: prefix, limit: 500 })).items.map(({ object }) => object)

  describe('transactions', () => {
    it('migrate again is a no-op, also at once from two processes', async () => {
      const other = await again()
      expect(await Promise.all([db().migrate(), other.migrate()])).toEqual([[], []])
      await other.close()
    })

    it('leaves nothing of a transaction that throws', async () => {
      const failed = db().transaction(async stores => {
        await stores.audit.append(event('rolled-back:1'))
        throw new Error('stop')
      })
      await expect(failed).rejects.toThrow('stop')
      expect(await names('rolled-back:')).toEqual([])
    })

    it('keeps no number of a key that was rolled back', async () => {
      const failed = db().transaction(async ({ tracking }) => {
        await tracking.ensureKeys(['lost-a', 'lost-b'])
        const again = await tracking.ensureKeys(['lost-b', 'lost-a'])
        expect(await tracking.keyIds(['lost-a', 'lost-b'])).toEqual(again)
        throw new Error('stop')
      })
      await expect(failed).rejects.toThrow('stop')
      expect(await db().read.tracking.keyIds(['lost-a', 'lost-b'])).toEqual(new Map())
      const given = await db().transaction(({ tracking }) => tracking.ensureKeys(['lost-b', 'kept']))
      expect(new Set(given.values()).size).toBe(2)
      expect(await db().read.tracking.keyIds(['lost-a', 'lost-b', 'kept'])).toEqual(given)
      const other = await again()
      expect(await other.read.tracking.keyIds(['lost-a', 'lost-b', 'kept'])).toEqual(given)
      await other.close()
    })

    it('shows a transaction to readers only when it is committed', async () => {
      await db().transaction(async stores => {
        await stores.audit.append(event('seen:1'))
        expect(await names('seen:')).toEqual([])
      })
      expect(await names('seen:')).toEqual(['seen:1'])
    })

    it('refuses a transaction inside a transaction, which would wait for itself', async () => {
      const nested = db().transaction(() => db().transaction(async () => 1))
      await expect(nested).rejects.toThrow('inside a transaction')
    })

    it('runs transactions of two processes one after another', async () => {
      const other = await again()
      const order: string[] = []
      const step = (name: string, store: typeof other) =>
        store.transaction(async stores => {
          order.push(`${name} in`)
          await stores.audit.append(event(`turns:${name}`))
          await new Promise(resolve => setTimeout(resolve, 20))
          order.push(`${name} out`)
        })
      await Promise.all([step('a', db()), step('b', db())])
      await step('c', other)
      await other.close()
      expect(order.filter((_, i) => i % 2 === 0).map(text => text.replace(' in', ' out'))).toEqual(
        order.filter((_, i) => i % 2 === 1),
      )
      expect(await names('turns:')).toHaveLength(3)
    })
  })
}
