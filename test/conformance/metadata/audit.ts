import { describe, expect, it } from 'vitest'
import { createAuditService } from '../../../src/governance/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

export function auditSuite({ db, again }: MetadataUnderTest): void {
  const append = (object: string, store = db()) =>
    store.transaction(stores =>
      stores.audit.append({
        at: 7n,
        principal: 'ada',
        action: 'tested',
        object,
        details: { text: 'ü\u0000"' },
      }),
    )

  describe('audit', () => {
    it('numbers events without gaps, also after failures and from two connections at once', async () => {
      const other = await again()
      const first = await append('gap:first')
      const failing = db().transaction(async stores => {
        await stores.audit.append({ at: 1n, principal: 'p', action: 'a', object: 'gap:lost', details: null })
        throw new Error('stop')
      })
      await expect(failing).rejects.toThrow('stop')
      const at = await Promise.all(
        Array.from({ length: 20 }, (_, i) => append(`gap:${i}`, i % 2 === 0 ? db() : other)),
      )
      await other.close()
      expect(at.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(at.map((_, i) => first.seq + 1 + i))
    })

    it('lists newest first, by prefix, in pages', async () => {
      for (let i = 0; i < 5; i++) await append(`page:${i}`)
      await append('pagetwo:1')
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await db().read.audit.list({
          objectPrefix: 'page:',
          limit: 2,
          ...(cursor === undefined ? {} : { cursor }),
        })
        seen.push(...page.items.map(({ object }) => object))
        cursor = page.next
      } while (cursor !== undefined)
      expect(seen).toEqual(['page:4', 'page:3', 'page:2', 'page:1', 'page:0'])
      const [event] = (await db().read.audit.list({ objectPrefix: 'page:4' })).items
      expect(event).toMatchObject({ at: 7n, principal: 'ada', details: { text: 'ü\u0000"' } })
    })

    it('refuses a cursor of another list and limits out of range', async () => {
      const { next = '' } = await db().read.audit.list({ objectPrefix: 'page:', limit: 1 })
      for (const query of [
        { cursor: next },
        { cursor: 'nonsense' },
        { limit: 0 },
        { limit: 501 },
        { limit: 1.5 },
      ])
        await expect(db().read.audit.list(query)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    })

    it('is a whole chain', async () => {
      const verified = await createAuditService({ uow: db() }).verify()
      expect(verified.fault).toBeNull()
      expect(verified.count).toBe((await db().read.audit.list({ limit: 1 })).items[0]?.seq)
    })
  })
}
