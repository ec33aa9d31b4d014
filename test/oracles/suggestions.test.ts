import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { type AuditLink, createSuggestions, type Suggestion } from '../../src/governance/index.ts'
import type { LadderEvent } from '../../src/governance/suggestions/ladder.ts'
import { settableClock } from '../../src/kernel/clock.ts'
import { proposalOf } from '../support/sample-suggestions.ts'
import { naiveStanding } from './naive-ladder.ts'

const key = { subject: 'deployment:late', rule: 'fpr', segmentClass: 'airport' }
const author = 'rule-author'
const day = 86_400_000_000n
const levels = ['observe', 'suggest', 'veto', 'auto']

type Op =
  | { readonly op: 'round'; readonly size: number; readonly bad: number; readonly seconds: number | null }
  | { readonly op: 'windows'; readonly size: number }
  | {
      readonly op:
        | 'veto'
        | 'batch'
        | 'author'
        | 'raise'
        | 'switch-on'
        | 'lower'
        | 'code'
        | 'cap'
        | 'shift'
        | 'error'
    }

const opOf: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      op: fc.constant('round' as const),
      size: fc.integer({ min: 5, max: 14 }),
      bad: fc.constantFrom(0, 0, 0, 0, 1),
      seconds: fc.constantFrom(5, 5, 5, 1.9, null),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constant('windows' as const), size: fc.integer({ min: 8, max: 14 }) }),
  },
  { weight: 5, arbitrary: fc.constantFrom('raise' as const, 'switch-on' as const).map(op => ({ op })) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('veto', 'batch', 'author', 'lower', 'code', 'cap', 'shift', 'error')
      .map(op => ({ op }) as Op),
  },
)

/** What the audit says happened, as events of the ladder: read without any of the service's own state. */
function eventsOf(links: readonly AuditLink[]): readonly LadderEvent[] {
  let era = 0
  const made = new Map<string, { readonly era: number; readonly level: string }>()
  const edited = new Set<string>()
  return links.flatMap(({ action, principal, details }): LadderEvent[] => {
    const said = details as Readonly<Record<string, never>>
    const id: string = said['id'] ?? ''
    const [topic, what] = action.split('.')
    if (topic === 'autonomy') {
      if (what === 'started' || what === 'offered') return []
      if (!['raised', 'switched', 'declined'].includes(what ?? '')) era += 1
      if (what === 'demoted') return [{ type: 'alarm', what: 'shift' }]
      if (what === 'rule-changed') return [{ type: what, ruleHash: '' }]
      return [{ type: what, to: said['to'] } as never]
    }
    if (what === 'proposed') made.set(id, { era, level: said['level'] ?? '' })
    if (what === 'edited') edited.add(id)
    const item = { segment: said['segment'] ?? '', cycle: said['cycle'] ?? '', era: made.get(id)?.era ?? -1 }
    if (what === 'judged' && said['breach'] === false && !edited.has(id))
      return [{ type: 'evidence', sort: 'outcome', ...item, good: true }]
    if (what === 'accepted' && said['window'] === 'passed')
      return [{ type: 'evidence', sort: 'window', ...item, good: true }]
    const good = what === 'accepted'
    const byPerson = !principal.startsWith('rule:') && (good || what === 'edited' || what === 'rejected')
    const inOneAct = said['seconds'] === undefined
    if (!byPerson || inOneAct || said['level'] !== 'suggest' || principal === author) return []
    const seconds: number | null = said['seconds'] ?? null
    if (seconds === null ? good : seconds < 2) return []
    return [{ type: 'evidence', sort: 'decision', ...item, good }]
  })
}

describe('suggestions through the service', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-suggestions-oracle-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function play(path: string, ops: readonly Op[]): Promise<readonly string[]> {
    const db = await openMetadata({ kind: 'sqlite', path })
    await db.migrate()
    const clock = settableClock(1_000_000_000_000_000n)
    const service = createSuggestions({
      ...{ uow: db, clock, appliesHere: () => true },
      appliers: { threshold: async () => null },
    })
    let [cycle, code] = [0, 0]
    const reached: string[] = []
    const proposed = (size: number, change: Parameters<typeof proposalOf>[0] = {}) => {
      cycle += 1
      return service.propose(
        Array.from({ length: size }, (_, at) =>
          proposalOf({
            segment: `s${at}`,
            cycle: `c${cycle}`,
            ruleBy: author,
            ruleHash: `h${code}`,
            ...change,
          }),
        ),
      )
    }
    const open = async (made: readonly Suggestion[]) =>
      (await Promise.all(made.map(({ id }) => service.get(id)))).filter(
        each => each.state === 'open' && each.level !== 'observe',
      )
    const decide = async (
      id: string,
      good: boolean,
      more: { by?: string; seconds?: number | null; batch?: string } = {},
    ) => {
      const { by = 'mila', seconds = 5, batch = null } = more
      const verdict = good ? ({ act: 'accept' } as const) : ({ act: 'reject', reason: 'policy' } as const)
      await service.decide(id, { verdict, note: '', seconds, batch }, { name: by })
    }
    const person = async (act: 'raise' | 'switch-on' | 'lower') => {
      const change = { act, reason: 'tested' }
      await service.changeLevel(key, change, { name: 'mila' }).catch(error =>
        expect(error).toMatchObject({
          code: expect.stringMatching(/LADDER_NOT_EARNED|ILLEGAL_TRANSITION/),
        }),
      )
    }
    const acts: Readonly<Record<Exclude<Op['op'], 'round' | 'windows'>, () => Promise<unknown>>> = {
      raise: () => person('raise'),
      'switch-on': () => person('switch-on'),
      lower: () => person('lower'),
      shift: () => service.report({ ...key, what: 'shift', why: 'tested' }, 'monitor'),
      error: () => service.report({ ...key, what: 'rule-error', why: 'tested' }, 'monitor'),
      cap: () => proposed(2, { capHit: true }),
      async code() {
        code += 1
        await proposed(1)
      },
      async veto() {
        for (const { id } of (await open(await proposed(3))).slice(0, 1)) await decide(id, false)
      },
      async author() {
        for (const { id } of await open(await proposed(3))) await decide(id, true, { by: author })
      },
      async batch() {
        if ((await open(await proposed(13))).every(({ level }) => level !== 'suggest')) return
        const batch = await service.startBatch({ below: 100 }, { name: 'mila' })
        for (const id of batch.sample) await decide(id, true, { batch: batch.id })
        await service.acceptBatch(batch.id, { seconds: 1, note: '' }, { name: 'mila' })
      },
    }
    await proposed(1)
    await person('switch-on')
    for (const each of ops) {
      if (each.op === 'round') {
        for (const [at, { id }] of (await open(await proposed(each.size))).entries()) {
          await decide(id, at >= each.bad, { seconds: each.seconds })
          const { appliedAt } = await service.get(id)
          if (appliedAt !== null) await service.judge(id, { breach: false, details: null }, 'monitor')
        }
      } else if (each.op === 'windows') {
        await proposed(each.size)
        clock.set(clock.nowMicros() + day)
        await service.settle()
      } else await acts[each.op]()
      const [ladder] = await service.levels()
      const naive = naiveStanding(eventsOf(await db.read.audit.links({ after: 0, limit: 100_000 })))
      expect({
        level: ladder?.level,
        era: ladder?.era,
        decided: [ladder?.decisions.count, ladder?.decisions.good],
        windows: ladder?.windows.count,
        judged: ladder?.judged,
        offer: ladder?.offer,
      }).toEqual({
        level: levels[naive.level],
        era: naive.era,
        decided: [naive.decisions.length, naive.decisions.filter(Boolean).length],
        windows: naive.windows.length,
        judged: naive.judged,
        offer: naive.offer === null ? null : levels[naive.offer],
      })
      reached.push(ladder?.level ?? '')
    }
    await db.close()
    return reached
  }

  it('stand where the audit says they must, after any sequence', async () => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(opOf, { minLength: 6, maxLength: 14 }), async ops => {
        runs += 1
        await play(join(folder, `${runs}.sqlite`), ops)
      }),
      { numRuns: 8, seed: 11 },
    )
  }, 60_000)

  it('reach auto by evidence and two persons’ acts, and leave it at once', async () => {
    const round = { op: 'round', size: 11, bad: 0, seconds: 5 } as const
    const windows = { op: 'windows', size: 11 } as const
    const reached = await play(join(folder, 'auto.sqlite'), [
      ...[round, round, round, { op: 'raise' } as const],
      ...[windows, windows, windows, windows, windows, windows, { op: 'raise' } as const],
      ...[{ op: 'shift' } as const],
    ])
    expect([reached[3], reached[10], reached[11]]).toEqual(['veto', 'auto', 'suggest'])
  }, 30_000)
})
