import { describe, expect, it } from 'vitest'
import type { FeedbackJoin, NewFeedback } from '../../../src/monitoring/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const at = 1_700_000_000_000_000n
const item: NewFeedback = {
  ...{ deployment: 'late', id: 'a', kind: 'late', is: 'label', value: 0.1 + 0.2, weight: 1 },
  ...{ eventTime: at - 5n, knownTime: at, receivedAt: at, source: 'api', rank: 0 },
  ...{ actorClass: 'system', actor: null, state: 'active', reason: null, note: null, within: 60_000_000n },
  ...{ predictionId: 'p-0', requestId: null, row: null, entityKey: null },
}
const join = (seq: number, changes: Partial<FeedbackJoin> = {}): FeedbackJoin => ({
  ...{ seq, state: 'joined', predictionId: 'p-0', decidedAt: at - 9n, asOf: at - 10n, tries: 1, dueAt: null },
  ...changes,
})

/** What every store of feedback keeps. Deployments are told apart, so tests do not see each other's items. */
export function feedbackSuite({ db, again }: MetadataUnderTest): void {
  describe('feedback', () => {
    const add = (...items: NewFeedback[]) => db().transaction(stores => stores.feedback.add(items))
    const put = (...joins: FeedbackJoin[]) => db().transaction(stores => stores.feedback.putJoins(joins))
    const list = async (deployment: string) => (await db().read.feedback.list({ deployment })).items
    const of = (deployment: string, changes: Partial<NewFeedback> = {}): NewFeedback => ({
      ...item,
      deployment,
      ...changes,
    })

    it('an item comes back as it was, and waits for its decision', async () => {
      const whole = of('whole', {
        ...{ value: -0, actor: 'ann', note: 'why', reason: 'source-not-listed', state: 'quarantined' },
        ...{ rank: null, predictionId: null, requestId: 'r', row: 3, entityKey: '["SEA"]' },
      })
      expect(await add(whole)).toBe(1)
      const [found] = await list('whole')
      expect(found).toMatchObject(whole)
      expect(found?.join).toEqual(
        join(found?.seq ?? 0, {
          ...{ state: 'pending', predictionId: null, decidedAt: null, asOf: null, tries: 0, dueAt: at },
        }),
      )
    })

    it('whom an item is about and who said it can be forgotten, and nothing else of it', async () => {
      const said = { actor: 'ann', note: 'why', predictionId: null, entityKey: '["SEA"]' }
      await add(
        of('forget', { id: 'x', ...said }),
        of('forget', { id: 'y' }),
        of('forget', { id: 'z', ...said }),
      )
      const [z, y, x] = await list('forget')
      const after = (x?.seq ?? 0) - 1
      const own = async (limit: number) =>
        (await db().read.feedback.personal({ after, limit }))
          .filter(({ deployment }) => deployment === 'forget')
          .map(({ id }) => id)
      expect([await own(1), await own(50)]).toEqual([['x'], ['x', 'z']])
      await db().transaction(({ feedback }) => feedback.forget([x?.seq ?? 0]))
      await db().transaction(({ feedback }) => feedback.forget([]))
      expect(await own(50)).toEqual(['z'])
      expect(await list('forget')).toEqual([z, y, { ...x, actor: null, note: null, entityKey: null }])
    })

    it('the first of an id is kept: in one call, in a later one, from another process', async () => {
      const twice = of('once', { id: 'x', value: 1 })
      expect(await add(twice, { ...twice, value: 0 }, of('once', { id: 'y' }))).toBe(2)
      const other = await again()
      expect(
        await other.transaction(stores => stores.feedback.add([{ ...twice, value: 2 }, of('elsewhere')])),
      ).toBe(1)
      await other.close()
      expect((await list('once')).map(({ id, value }) => [id, value])).toEqual([
        ['y', item.value],
        ['x', 1],
      ])
      expect(await list('elsewhere')).toHaveLength(1)
    })

    it('items and the cursor are one: neither is there without the other', async () => {
      const fail = db().transaction(async ({ feedback }) => {
        await feedback.add([of('torn')])
        await feedback.putCursor('0-1-1', 100)
        throw new Error('died')
      })
      await expect(fail).rejects.toThrow('died')
      expect(await list('torn')).toEqual([])
      expect((await db().read.feedback.cursors()).get('0-1-1')).toBeUndefined()
      await db().transaction(({ feedback }) => feedback.putCursor('0-1-1', 100))
      await db().transaction(({ feedback }) => feedback.putCursor('0-1-1', 250))
      expect((await db().read.feedback.cursors()).get('0-1-1')).toBe(250)
      await db().transaction(({ feedback }) => feedback.dropCursor('0-1-1'))
      expect((await db().read.feedback.cursors()).has('0-1-1')).toBe(false)
    })

    it('due items come longest due first; a join moves, settles and is found by its prediction', async () => {
      await add(...['a', 'b', 'c'].map((id, n) => of('due', { id, receivedAt: at + BigInt(n) })))
      const due = (when: bigint) =>
        db().read.feedback.due({ deployment: 'due', named: true, at: when, limit: 2 })
      expect((await due(at + 5n)).map(({ id }) => id)).toEqual(['a', 'b'])
      expect((await due(at)).map(({ id }) => id)).toEqual(['a'])
      expect(await db().read.feedback.dueDeployments(at + 5n)).toContain('due')
      await add(of('due', { id: 'key', predictionId: null, entityKey: 'k' }))
      const [other] = await db().read.feedback.due({ deployment: 'due', named: false, at, limit: 9 })
      expect(other?.id).toBe('key')
      const [a, b] = await due(at + 5n)
      await put(
        join(a?.seq ?? 0, { predictionId: 'due-0' }),
        join(b?.seq ?? 0, {
          state: 'pending',
          predictionId: null,
          decidedAt: null,
          asOf: null,
          dueAt: at + 9n,
        }),
      )
      expect((await due(at + 5n)).map(({ id }) => id)).toEqual(['c'])
      expect((await due(at + 9n)).map(({ id, join }) => [id, join.tries])).toEqual([
        ['c', 0],
        ['b', 1],
      ])
      expect((await db().read.feedback.ofPrediction('due-0')).map(({ id }) => id)).toEqual(['a'])
    })

    it('labels of decisions since a time, as known by one', async () => {
      await add(
        ...[of('labels', { id: 'old' }), of('labels', { id: 'now', knownTime: at + 50n })],
        ...[of('labels', { id: 'kind', kind: 'right' }), of('labels', { id: 'bad', state: 'quarantined' })],
        of('labels', { id: 'early' }),
      )
      const items = await list('labels')
      await put(...items.map(({ seq, id }) => join(seq, { decidedAt: id === 'early' ? at - 100n : at - 9n })))
      const labels = async (knownBy: bigint) =>
        (
          await db().read.feedback.joined({ deployment: 'labels', kinds: ['late'], since: at - 9n, knownBy })
        ).map(({ id }) => id)
      expect(await labels(at + 49n)).toEqual(['old'])
      expect(await labels(at + 50n)).toEqual(['old', 'now'])
      expect(
        await db().read.feedback.joined({ deployment: 'labels', kinds: [], since: 0n, knownBy: at }),
      ).toEqual([])
    })

    it('pages newest first, by state, and counts by kind and source', async () => {
      await add(
        ...Array.from({ length: 5 }, (_, n) => of('pages', { id: `p${n}`, knownTime: at + BigInt(n) })),
        of('pages', { id: 'demo', source: 'demo', state: 'quarantined', reason: 'source-not-listed' }),
      )
      const first = await db().read.feedback.list({ deployment: 'pages', limit: 4 })
      const rest = await db().read.feedback.list({ deployment: 'pages', limit: 4, cursor: first.next ?? '' })
      expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual([
        'demo',
        'p4',
        'p3',
        'p2',
        'p1',
        'p0',
      ])
      expect(rest.next).toBeUndefined()
      await put(join(rest.items[0]?.seq ?? 0), join(rest.items[1]?.seq ?? 0, { state: 'ambiguous' }))
      const states = async (state: 'joined' | 'quarantined') =>
        (await db().read.feedback.list({ deployment: 'pages', state })).items.map(({ id }) => id)
      expect(await states('joined')).toEqual(['p1'])
      expect(await states('quarantined')).toEqual(['demo'])
      expect(await db().read.feedback.counts('pages')).toEqual([
        {
          ...{ kind: 'late', is: 'label', source: 'api', items: 5, joined: 1, pending: 3, ambiguous: 1 },
          ...{ unmatched: 0, quarantined: 0, lastKnown: at + 4n },
        },
        {
          ...{ kind: 'late', is: 'label', source: 'demo', items: 1, joined: 0, pending: 1, ambiguous: 0 },
          ...{ unmatched: 0, quarantined: 1, lastKnown: at },
        },
      ])
    })
  })
}
