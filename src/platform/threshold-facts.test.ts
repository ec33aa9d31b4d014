import { describe, expect, it } from 'vitest'
import { ruledDeployment, thresholdProposal } from '../../test/support/sample-thresholds.ts'
import type { Suggestion } from '../governance/index.ts'
import { parseTimestamp } from '../kernel/time.ts'
import { thresholdFacts } from './threshold-facts.ts'

const now = parseTimestamp('2026-11-21T09:30:00Z') ?? 0n
const proposal = thresholdProposal('ORD', 0.5)
const chosenFor = { ruleHash: proposal.ruleHash, model: 'sha256:m' }

const applied = (change: Partial<Suggestion> = {}): Suggestion =>
  ({
    ...proposal,
    ...{ id: 'sug_1', state: 'applied', cycle: 'c1', decision: null, appliedAt: now - 5n, outcome: null },
    ...change,
  }) as unknown as Suggestion

function factsOf(suggestions: readonly Suggestion[], change: { readonly replayFrom?: bigint } = {}) {
  const facts = thresholdFacts({
    definitions: { listCurrent: async () => [{ ref: 'deployment:late', by: 'ines' }] as never },
    suggestions: () => ({
      // One a page.
      list: async ({ state, cursor = '0' }) => {
        const of = suggestions.filter(each => each.state === state)
        const at = Number(cursor)
        return {
          items: of.slice(at, at + 1),
          ...(at + 1 < of.length ? { next: String(at + 1) } : {}),
        }
      },
    }),
    schedules: async () => [{ name: 'late-thresholds', pipeline: 'late-thresholds', text: '0 0 * * *' }],
    clock: { nowMicros: () => now },
    replayFrom: change.replayFrom ?? null,
  })
  return facts(ruledDeployment)
}

describe('thresholdFacts', () => {
  it('names author, day and the next run', async () => {
    expect(await factsOf([])).toMatchObject({
      author: 'ines',
      cycle: '2026-11-21',
      asOf: '2026-11-21T09:30:00.000000Z',
      expiresAt: '2026-11-22T00:00:00.000000Z',
    })
  })

  it('asks for the outcome of every value that promised something, with those of its pool', async () => {
    const details = { ...(proposal.details as object), pool: 'state=IL' } as never
    const decision = { by: 'mila', value: 0.7 } as unknown as Suggestion['decision']
    const facts = await factsOf([
      applied(),
      applied({ id: 'sug_2', details }),
      applied({ id: 'sug_3', state: 'edited', details, decision }),
    ])
    const after = Number(now - 5n)
    expect(await facts.applied(chosenFor)).toEqual([
      { id: 'sug_1', segment: 'ORD', value: 0.5, after, pool: null },
      { id: 'sug_2', segment: 'ORD', value: 0.5, after, pool: 'c1 state=IL' },
      { id: 'sug_3', segment: 'ORD', value: 0.7, after, pool: null },
    ])
  })

  it('asks nothing of what is judged, of other code or another model, not applied, or promised nothing', async () => {
    const outcome = { at: now, breach: false, details: null }
    const details = proposal.details as { readonly threshold: object }
    const unpromised = { ...details, threshold: { ...details.threshold, guarantee: null } } as never
    const facts = await factsOf([
      applied({ outcome }),
      applied({ ruleHash: 'sha256:other' }),
      applied({ state: 'edited', appliedAt: null }),
      applied({ details: unpromised }),
    ])
    expect(await facts.applied(chosenFor)).toEqual([])
    expect(await (await factsOf([applied()])).applied({ ...chosenFor, model: 'sha256:n' })).toEqual([])
  })

  it('counts rows of a replayed project from the instant it lived at', async () => {
    const replayFrom = parseTimestamp('2001-05-08T17:00:00Z') ?? 0n
    const facts = await factsOf([applied()], { replayFrom })
    expect(facts.asOf).toBe('2001-05-08T17:00:00.000000Z')
    const [threshold] = await facts.applied(chosenFor)
    expect(threshold?.after).toBe(Number(parseTimestamp('2026-11-21T00:00:00Z')))
  })
})
