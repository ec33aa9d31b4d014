import { describe, expect, it } from 'vitest'
import {
  type Appliers,
  createSuggestions,
  type LadderKey,
  type Suggestion,
} from '../../../src/governance/index.ts'
import { proposalOf } from '../../support/sample-suggestions.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const mila = { name: 'mila' }
const jon = { name: 'jon' }
const hour = 3_600_000_000n
const accept = { verdict: { act: 'accept' as const }, note: '', seconds: 9, batch: null }
const refused = (act: 'reject' | 'veto') => ({
  ...{ verdict: { act, reason: 'wrong-value' as const }, note: '', seconds: 9, batch: null },
})

/** Suggestions, the ladder of autonomy, batches. */
export function suggestionsSuite({ db, again, clock }: MetadataUnderTest): void {
  const applied: { id: string; value: unknown }[] = []
  const appliers: Appliers = {
    threshold: async ({ id }, value) => {
      applied.push({ id, value })
      return { release: 2 }
    },
  }
  const service = (more: Partial<Parameters<typeof createSuggestions>[0]> = {}) =>
    createSuggestions({ uow: db(), clock, appliers, appliesHere: () => true, ...more })
  const keyOf = (subject: string): LadderKey => ({ subject, rule: 'fpr', segmentClass: 'airport' })
  const levelOf = async (subject: string) => (await service().levels(subject))[0]?.level
  const audited = async (subject: string) =>
    (await db().read.audit.list({ objectPrefix: subject, limit: 500 })).items.map(({ action }) => action)
  /** One proposal of a rule that is switched to suggest. */
  const open = async (subject: string, change: Parameters<typeof proposalOf>[0] = {}) => {
    const [made] = await service().propose([proposalOf({ subject, ...change })])
    if ((await levelOf(subject)) === 'observe')
      await service().changeLevel(keyOf(subject), { act: 'switch-on', reason: '' }, mila)
    return service().get((made as Suggestion).id)
  }
  /** Rounds of proposals for so many segments, each accepted one by one, applied and judged well. */
  const earn = async (subject: string, { cycles, segments }: { cycles: number; segments: number }) => {
    for (let cycle = 0; cycle < cycles; cycle++) {
      const made = await service().propose(
        Array.from({ length: segments }, (_, at) =>
          proposalOf({ subject, cycle: `e${cycle}`, segment: `s${at}` }),
        ),
      )
      if ((await levelOf(subject)) === 'observe')
        await service().changeLevel(keyOf(subject), { act: 'switch-on', reason: '' }, mila)
      for (const { id } of made) {
        await service().decide(id, accept, jon)
        await service().judge(id, { breach: false, details: null }, 'monitor')
      }
    }
  }

  describe('suggestions', () => {
    it('only observe until a person switches the rule on; the same again changes nothing', async () => {
      const [first] = await service().propose([proposalOf({ subject: 'deployment:a' })])
      const id = first?.id ?? ''
      await expect(service().decide(id, accept, jon)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
      expect((await service().propose([proposalOf({ subject: 'deployment:a' })]))[0]?.id).toBe(id)
      await service().changeLevel(keyOf('deployment:a'), { act: 'switch-on', reason: '' }, mila)
      expect(await service().get(id)).toMatchObject({ level: 'suggest', state: 'open', appliesAt: null })
      const done = await service().decide(id, accept, jon)
      expect(done).toMatchObject({ state: 'applied', decision: { by: 'jon', counts: true, countsNot: null } })
      expect(applied.at(-1)).toEqual({ id, value: 0.6 })
      expect(await audited('deployment:a')).toEqual([
        ...['suggestion.applied', 'suggestion.accepted', 'autonomy.switched'],
        ...['suggestion.proposed', 'autonomy.started'],
      ])
    })

    it('are decided once: of two at the same time one wins, the other hears who and when', async () => {
      const { id } = await open('deployment:race')
      const other = await again()
      const both = await Promise.allSettled([
        service().decide(id, accept, jon),
        createSuggestions({ uow: other, clock, appliers }).decide(id, refused('reject'), mila),
      ])
      await other.close()
      const lost = both.find(each => each.status === 'rejected') as PromiseRejectedResult
      const won = await service().get(id)
      expect(both.filter(each => each.status === 'fulfilled')).toHaveLength(1)
      expect(lost.reason).toMatchObject({
        code: 'SUGGESTION_CLOSED',
        message: expect.stringContaining(`by ${won.decision?.by} at 2`),
        details: { by: won.decision?.by },
      })
    })

    it('keep the edited value with its reason, apply it, and count it as a refusal', async () => {
      const { id } = await open('deployment:edit')
      const edit = { act: 'edit' as const, value: 0.55, reason: 'known-event' as const }
      const after = await service().decide(id, { ...accept, verdict: edit, note: 'strike' }, jon)
      expect(after).toMatchObject({ state: 'edited', decision: { reason: 'known-event', value: 0.55 } })
      expect(after.appliedAt).not.toBeNull()
      expect(applied.at(-1)).toEqual({ id, value: 0.55 })
      const [level] = await service().levels('deployment:edit')
      expect(level?.decisions).toMatchObject({ count: 1, good: 0 })
      const other = await open('deployment:edit', { segment: 'JFK' })
      const vague = { ...edit, reason: 'other' as const }
      await expect(service().decide(other.id, { ...accept, verdict: vague }, jon)).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      })
      expect((await service().get(other.id)).state).toBe('open')
    })

    it('give way to the next cycle, and expire by the clock', async () => {
      const first = await open('deployment:cycle')
      const second = await open('deployment:cycle', { cycle: 'c2', expiresAt: clock.nowMicros() + hour })
      expect((await service().get(first.id)).state).toBe('superseded')
      clock.set(clock.nowMicros() + hour)
      await expect(service().decide(second.id, accept, jon)).rejects.toMatchObject({
        ...{ code: 'SUGGESTION_CLOSED', message: expect.stringContaining('is expired') },
      })
      await service().settle()
      expect((await service().get(second.id)).state).toBe('expired')
      expect((await audited('deployment:cycle')).slice(0, 1)).toEqual(['suggestion.expired'])
    })

    it('count only what was looked at by others, once per segment and cycle', async () => {
      const subject = 'deployment:counts'
      const why = async (segment: string, decided: object, by = jon) => {
        const { id } = await open(subject, { segment })
        return (await service().decide(id, { ...accept, ...decided }, by)).decision?.countsNot
      }
      expect(await why('a', { seconds: 1.9 })).toBe('rubber-stamp')
      expect(await why('b', { seconds: null })).toBe('not-measured')
      expect(await why('c', {}, { name: 'rule-author' })).toBe('own-rule')
      expect(await why('d', { seconds: 2 })).toBeNull()
      const { id } = await open(subject, { segment: 'd', proposed: 0.7 })
      expect((await service().decide(id, accept, jon)).decision?.countsNot).toBe('same-cycle')
      expect((await service().levels(subject))[0]?.decisions).toMatchObject({ count: 1, good: 1, cycles: 1 })
      const step = { name: 'step:prn_1/train' }
      const open2 = await open(subject, { segment: 'e' })
      await expect(service().decide(open2.id, accept, step)).rejects.toMatchObject({
        code: 'ACTOR_NOT_ALLOWED',
      })
      const { overall, people } = await service().pace()
      expect(people.find(({ by }) => by === 'rule-author')).toMatchObject({ decisions: 1, hasty: 0 })
      expect(overall.hasty).toBe(1)
    })

    it('earn the next level by evidence, which a person grants; a veto takes it back at once', async () => {
      const subject = 'deployment:earned'
      await earn(subject, { cycles: 3, segments: 10 })
      const key = keyOf(subject)
      const [ready] = await service().levels(subject)
      expect(ready).toMatchObject({ level: 'suggest', offer: 'veto', judged: 30 })
      expect(ready?.decisions.look).toMatchObject({ count: 29, good: 29 })
      const raise = { act: 'raise' as const, reason: 'looked at all of them' }
      await expect(service().changeLevel(key, raise, { name: 'rule-author' })).rejects.toMatchObject({
        code: 'ACTOR_NOT_ALLOWED',
      })
      expect((await service().changeLevel(key, raise, mila)).level).toBe('veto')
      await expect(service().changeLevel(key, raise, mila)).rejects.toMatchObject({
        ...{ code: 'LADDER_NOT_EARNED', message: expect.stringContaining('bound not looked at yet of 0.95') },
      })
      const [left, right] = await service().propose([
        proposalOf({ subject, cycle: 'v1', segment: 'left' }),
        proposalOf({ subject, cycle: 'v1', segment: 'right' }),
      ])
      expect(left?.appliesAt).toBe(clock.nowMicros() + 24n * hour)
      const before = applied.length
      clock.set(clock.nowMicros() + 23n * hour)
      await service().settle()
      expect(applied).toHaveLength(before)
      await service().decide(right?.id ?? '', refused('veto'), jon)
      expect(await service().get(left?.id ?? '')).toMatchObject({ level: 'suggest', appliesAt: null })
      clock.set(clock.nowMicros() + 2n * hour)
      await service().settle()
      expect(applied).toHaveLength(before)
      const [after] = await service().levels(subject)
      expect(after).toMatchObject({ level: 'suggest', offer: null, judged: 0, decisions: { count: 0 } })
      const history = await service().history(key)
      expect(history.map(({ what, from, to }) => `${what} ${from} ${to}`)).toEqual([
        ...['started observe observe', 'switched observe suggest', 'offered suggest suggest'],
        ...['raised suggest veto', 'demoted veto suggest'],
      ])
      expect(history[3]).toMatchObject({ by: 'mila', evidence: { judged: 30, decisions: { count: 30 } } })
    })

    it('apply by themselves only after the window, and at auto at once; alarms take them back', async () => {
      const subject = 'deployment:auto'
      await earn(subject, { cycles: 3, segments: 10 })
      const key = keyOf(subject)
      const raise = { act: 'raise' as const, reason: 'earned' }
      await service().changeLevel(key, raise, mila)
      for (let cycle = 0; cycle < 6; cycle++) {
        await service().propose(
          Array.from({ length: 10 }, (_, at) =>
            proposalOf({ subject, cycle: `w${cycle}`, segment: `s${at}` }),
          ),
        )
        clock.set(clock.nowMicros() + 24n * hour)
        await service().settle()
      }
      expect((await service().levels(subject))[0]).toMatchObject({ offer: 'auto', windows: { count: 60 } })
      await service().changeLevel(key, raise, mila)
      const [now] = await service().propose([proposalOf({ subject, cycle: 'x1' })])
      expect(await service().get(now?.id ?? '')).toMatchObject({
        ...{ state: 'applied', decision: { by: 'rule:fpr', countsNot: 'rule' } },
      })
      const broken: Appliers = {
        threshold: async () => {
          throw new Error('the store is away')
        },
      }
      const [late] = await service({ appliers: broken }).propose([proposalOf({ subject, cycle: 'y1' })])
      const [later] = await service({ appliers: broken }).propose([proposalOf({ subject, cycle: 'y2' })])
      expect((await service().get(late?.id ?? '')).state).toBe('superseded')
      expect(await service().get(later?.id ?? '')).toMatchObject({ state: 'accepted', appliedAt: null })
      await service().report({ subject, what: 'shift', why: 'share of mass moved 0.4' }, 'monitor')
      expect(await levelOf(subject)).toBe('suggest')
      const before = applied.length
      await service().settle()
      expect(applied).toHaveLength(before)
      expect(await service().get(later?.id ?? '')).toMatchObject({
        ...{ state: 'open', level: 'suggest', decision: null, problem: null },
      })
      const [capped] = await service().propose([proposalOf({ subject, cycle: 'x2', capHit: true })])
      expect(capped).toMatchObject({ state: 'open', level: 'suggest' })
      await service().propose([proposalOf({ subject, cycle: 'x3', ruleHash: 'sha256:2' })])
      expect(await levelOf(subject)).toBe('observe')
      expect((await service().get(capped?.id ?? '')).state).toBe('superseded')
    })

    it('are applied once more after a problem, and never over a newer decision', async () => {
      const subject = 'deployment:retry'
      const broken: Appliers = {
        threshold: async () => {
          throw new Error('the store is away')
        },
      }
      const first = await open(subject)
      const failed = await service({ appliers: broken }).decide(first.id, accept, jon)
      expect(failed).toMatchObject({ state: 'accepted', problem: 'the store is away', appliedAt: null })
      const second = await open(subject, { cycle: 'c2', proposed: 0.8 })
      await service({ appliers: broken }).decide(second.id, accept, jon)
      const before = applied.length
      await service().settle()
      expect(applied.slice(before)).toEqual([{ id: second.id, value: 0.8 }])
      expect((await service().get(first.id)).state).toBe('superseded')
      expect(await service().get(second.id)).toMatchObject({ state: 'applied', problem: null })
      await expect(
        service().judge(first.id, { breach: true, details: null }, 'monitor'),
      ).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
    })

    it('are accepted in a batch after their sample was decided one by one; only the sample counts', async () => {
      const subject = 'deployment:batch'
      await service().propose(
        Array.from({ length: 30 }, (_, at) =>
          proposalOf({
            ...{ subject, segment: `s${at}`, capHit: at === 3 },
            flipsPerWeekUpper: at === 0 ? null : at === 29 ? 0 : at / 10,
          }),
        ),
      )
      await service().changeLevel(keyOf(subject), { act: 'switch-on', reason: '' }, mila)
      const listed = await service().list({ subject, state: 'open', limit: 2 })
      expect(listed.items.map(({ segment }) => segment)).toEqual(['s0', 's28'])
      const rest = await service().list({
        subject,
        state: 'open',
        ...(listed.next && { cursor: listed.next }),
      })
      expect(rest.items).toHaveLength(28)
      const batch = await service().startBatch({ below: 2.1, subject }, jon)
      expect(batch.members).toHaveLength(20)
      expect(batch.sample).toHaveLength(10)
      expect((await service().startBatch({ below: 2.1, subject }, mila)).sample).toEqual(batch.sample)
      const go = { seconds: 4, note: '' }
      await expect(service().acceptBatch(batch.id, go, jon)).rejects.toMatchObject({
        code: 'BATCH_NOT_READY',
      })
      for (const id of batch.sample) await service().decide(id, { ...accept, batch: batch.id }, jon)
      await expect(service().acceptBatch(batch.id, go, mila)).rejects.toMatchObject({
        code: 'BATCH_NOT_READY',
      })
      const { batch: done, skipped } = await service().acceptBatch(batch.id, go, jon)
      expect([done.accepted, skipped]).toEqual([10, []])
      expect((await service().levels(subject))[0]?.decisions).toMatchObject({ count: 10, good: 10 })
      expect((await service().list({ subject, state: 'applied' })).items).toHaveLength(20)
      const { people } = await service().pace()
      expect(people.find(({ by }) => by === 'jon')?.batchShare).toBeGreaterThan(0)
      await expect(service().acceptBatch(batch.id, go, jon)).rejects.toMatchObject({
        code: 'BATCH_NOT_READY',
      })
    })

    it('refuse a batch whose sample holds a refusal, and proposals that are none', async () => {
      const subject = 'deployment:unsafe'
      await service().propose(
        Array.from({ length: 12 }, (_, at) =>
          proposalOf({ subject, segment: `s${at}`, flipsPerWeekUpper: 1 }),
        ),
      )
      await service().changeLevel(keyOf(subject), { act: 'switch-on', reason: '' }, mila)
      const batch = await service().startBatch({ below: 2, subject }, jon)
      for (const [at, id] of batch.sample.entries())
        await service().decide(id, { ...(at === 0 ? refused('reject') : accept), batch: batch.id }, jon)
      await expect(service().acceptBatch(batch.id, { seconds: 9, note: '' }, jon)).rejects.toMatchObject({
        ...{ code: 'BATCH_NOT_READY', message: expect.stringContaining('1 of the 10') },
      })
      const before = await service().list({ subject, limit: 500 })
      await expect(
        service().propose([proposalOf({ subject, segment: 'z' }), proposalOf({ subject, expiresAt: 0n })]),
      ).rejects.toMatchObject({ code: 'SUGGESTION_INVALID' })
      expect((await service().list({ subject, limit: 500 })).items).toHaveLength(before.items.length)
      await expect(service().get('sug_none')).rejects.toMatchObject({ code: 'SUGGESTION_UNKNOWN' })
    })
  })
}
