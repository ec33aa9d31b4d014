import { describe, expect, it } from 'vitest'
import {
  ruledDeployment,
  servingRelease,
  thresholdProposal,
} from '../../../test/support/sample-thresholds.ts'
import type { DeploymentData, ThresholdSetData } from '../../definitions/index.ts'
import type { DecidedSuggestion, Suggestion, SuggestionBatch } from '../../governance/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { GateOfThresholdsState, ThresholdsOfRelease } from './gate-of-thresholds.ts'
import { thresholdApplier } from './thresholds.ts'

const second = 1_000_000n
const now = 1_000n * second
const judged = (number: number, refusal?: FettleError): GateOfThresholdsState => ({
  state: 'judged',
  verdict: { page: { release: { number }, summary: 'contracts failed: fpr on ORD.' } } as never,
  refusal,
})

/** A decision of an hour ago, so nobody is still deciding. */
function decidedOn(
  segment: string,
  value: number,
  change: {
    readonly edited?: number
    readonly set?: string
    readonly at?: bigint
    readonly by?: string
    readonly batch?: string
    readonly problem?: string
    readonly ruleHash?: string
    readonly countsNot?: 'rule'
  } = {},
): DecidedSuggestion {
  const { edited, set, at = now - 900n * second, by = 'mila', batch = null, problem = null } = change
  const proposal = thresholdProposal(segment, value, {
    ...(set === undefined ? {} : { set }),
    ...(change.ruleHash === undefined ? {} : { ruleHash: change.ruleHash }),
  })
  const decided: Json = edited ?? null
  const suggestion: Suggestion = {
    ...proposal,
    ...{ id: `sug_${segment}`, level: 'suggest', era: 0, madeAt: 0n, appliesAt: null, problem },
    state: edited === undefined ? 'accepted' : 'edited',
    decision: {
      ...{ by, at, reason: null, note: '', value: decided, seconds: 5, batch },
      ...{ counts: change.countsNot === undefined, countsNot: change.countsNot ?? null },
    },
    ...{ appliedAt: null, outcome: null },
  }
  return { suggestion, value: edited ?? value }
}

interface World {
  gate?: (order: ThresholdsOfRelease) => GateOfThresholdsState
  deployment?: DeploymentData
  serving?: ThresholdSetData | null
  batches?: Readonly<Record<string, SuggestionBatch['state']>>
  /** How many are still to be decided. */
  open?: number
}

function inWorld({ gate, deployment = ruledDeployment, serving, batches = {}, open = 3 }: World = {}) {
  const started: ThresholdsOfRelease[] = []
  const objects = new Map<string, ThresholdSetData>()
  const deployed: unknown[] = []
  const reports: unknown[] = []
  const applier = thresholdApplier({
    clock: { nowMicros: () => now },
    objects: {
      putBytes: async bytes => {
        objects.set('newest', JSON.parse(Buffer.from(bytes).toString('utf8')) as ThresholdSetData)
        return { hash: 'unused', bytes: bytes.length }
      },
    },
    gate: {
      find: async order => gate?.(order) ?? { state: 'none' },
      start: async order => void started.push(order),
    },
    deployments: { deploy: async request => deployed.push(request) as never },
    suggestions: () => ({
      list: async () => ({ items: Array.from({ length: open }, () => ({}) as Suggestion) }),
      report: async about => {
        reports.push(about)
        return []
      },
    }),
    findBatch: async id => ({ state: batches[id] }) as SuggestionBatch,
    deploymentOf: async () => deployment,
    servingOf: async () => (serving === null ? undefined : servingRelease(4, serving)),
  })
  const apply = async (...decided: readonly DecidedSuggestion[]) =>
    Object.fromEntries(await applier.apply(decided))
  return { applier, apply, started, objects, deployed, reports }
}

const serves = (values: Readonly<Record<string, number>>): ThresholdSetData => {
  const { details } = thresholdProposal('x', 0)
  const { threshold, basis } = details as unknown as Pick<ThresholdSetData, 'basis'> & {
    readonly threshold: ThresholdSetData['otherwise']
  }
  return {
    ...{
      action: 'warn',
      rule: ruledDeployment.action?.rule as ThresholdSetData['rule'],
      ruleHash: 'h',
      basis,
    },
    otherwise: { ...threshold, value: 0.4 },
    segments: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, { ...threshold, value }]),
    ),
  }
}

describe('decided thresholds', () => {
  it('start one run for all that were decided, with nothing else changed', async () => {
    const world = inWorld({ serving: serves({ SEA: 0.3 }) })
    const told = await world.apply(decidedOn('ORD', 0.5), decidedOn('LAX', 0.6, { edited: 0.7 }))
    expect(told).toEqual({ sug_ORD: { waits: true }, sug_LAX: { waits: true } })
    expect(world.started).toMatchObject([
      { name: 'late', version: 1, rows: 'ds-1', onto: 4, principal: { name: 'mila' } },
    ])
    const { segments, otherwise } = world.objects.get('newest') as ThresholdSetData
    expect(segments).toMatchObject({
      ORD: { value: 0.5, from: 'own' },
      LAX: { value: 0.7, from: 'edited', guarantee: null },
      SEA: { value: 0.3 },
    })
    expect(otherwise.value).toBe(0.4)
  })

  it('wait while somebody decides: for a moment after each, and until a batch is accepted', async () => {
    const soon = inWorld()
    expect(await soon.apply(decidedOn('ORD', 0.5, { at: now - 19n * second }))).toEqual({
      sug_ORD: { waits: true },
    })
    expect(soon.started).toEqual([])
    const last = inWorld({ open: 0 })
    await last.apply(decidedOn('ORD', 0.5, { at: now }))
    expect(last.started).toHaveLength(1)
    const inBatch = decidedOn('ORD', 0.5, { batch: 'bat_1', at: now - 100n * second })
    const open = inWorld({ batches: { bat_1: 'open' } })
    await open.apply(inBatch)
    expect(open.started).toEqual([])
    const accepted = inWorld({ batches: { bat_1: 'accepted' } })
    await accepted.apply(decidedOn('ORD', 0.5, { batch: 'bat_1', at: now }))
    expect(accepted.started).toHaveLength(1)
    const forgotten = inWorld({ batches: { bat_1: 'open' } })
    await forgotten.apply(decidedOn('ORD', 0.5, { batch: 'bat_1', at: now - 901n * second }))
    expect(forgotten.started).toHaveLength(1)
    const byRule = inWorld()
    await byRule.apply(decidedOn('ORD', 0.5, { at: now, by: 'rule:fpr', countsNot: 'rule' }))
    expect(byRule.started).toMatchObject([{ principal: { name: 'rule:fpr' } }])
  })

  it('are served by exactly the release that passed, and not asked again once they serve', async () => {
    const world = inWorld({ gate: () => judged(5) })
    expect(await world.apply(decidedOn('ORD', 0.5))).toEqual({ sug_ORD: { result: { release: 5 } } })
    expect(world.deployed).toMatchObject([{ name: 'late', release: 5, gate: 'require' }])
    const after = inWorld({ serving: serves({ ORD: 0.5 }) })
    expect(await after.apply(decidedOn('ORD', 0.5, { at: now }))).toEqual({
      sug_ORD: { result: { release: 4 } },
    })
    expect([after.started, after.deployed]).toEqual([[], []])
  })

  it('say what the gate said, and demote the rule once for a broken contract', async () => {
    const refusal = new FettleError('CONTRACT_FAILED', 'release 5 of late is refused: fpr on ORD')
    const world = inWorld({ gate: () => judged(5, refusal) })
    const told = await world.apply(decidedOn('ORD', 0.5), decidedOn('LAX', 0.5))
    const problem = `CONTRACT_FAILED: ${refusal.message}`
    expect(told).toEqual({ sug_ORD: { problem }, sug_LAX: { problem } })
    expect(world.reports).toMatchObject([
      { subject: 'deployment:late', rule: 'fpr', segmentClass: 'airport', what: 'breach' },
    ])
    await world.apply(decidedOn('ORD', 0.5, { problem }), decidedOn('LAX', 0.5, { problem }))
    expect([world.reports.length, world.deployed, world.started]).toEqual([1, [], []])
    const slow = inWorld({ gate: () => judged(5, new FettleError('CONTRACT_INCONCLUSIVE', 'too few rows')) })
    await slow.apply(decidedOn('ORD', 0.5))
    expect(slow.reports).toEqual([])
  })

  it('do not hold up what was decided later, and are not mixed with what other rows judge', async () => {
    const world = inWorld()
    await world.apply(
      decidedOn('ORD', 0.5, { problem: 'CONTRACT_FAILED: refused' }),
      decidedOn('LAX', 0.6),
      decidedOn('SEA', 0.7, { set: 'ds-2' }),
    )
    expect(world.started.map(({ rows }) => rows)).toEqual(['ds-1', 'ds-1', 'ds-2'])
    expect(new Set(world.started.map(({ set }) => set)).size).toBe(3)
  })

  it('of another rule, or of what serves no more, are not applied', async () => {
    const other = inWorld()
    expect(await other.apply(decidedOn('ORD', 0.5, { ruleHash: 'sha256:old' }))).toMatchObject({
      sug_ORD: { problem: expect.stringContaining('another one now') },
    })
    expect(await inWorld({ serving: null }).apply(decidedOn('ORD', 0.5))).toMatchObject({
      sug_ORD: { problem: expect.stringContaining('nothing serves') },
    })
    expect(other.started).toEqual([])
  })

  it('are numbers from 0 to 1', () => {
    const { applier } = inWorld()
    for (const value of ['0.5', null, 1.5, -0.1, Number.NaN, { to: 1 }])
      expect(() => applier.assertValue(value as Json)).toThrow(
        expect.objectContaining({ code: 'BAD_REQUEST' }),
      )
    expect(applier.assertValue(0.5)).toBeUndefined()
  })
})
