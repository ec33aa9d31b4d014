import { describe, expect, it } from 'vitest'
import { goodEvidence } from '../../../test/support/rollout-world.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { StageEvidence } from '../evidence/model.ts'
import { chooseRolloutStep, forwardEvent, type RolloutStep } from './choose-step.ts'
import type { RolloutFacts } from './facts.ts'
import { emptyLog, type FoldedDeployment, type RowDraft } from './fold-deployment.ts'
import { nextRow } from './log.ts'
import type { RolloutTerms } from './model.ts'

const second = 1_000_000n
const day = 86_400n * second
const began = 1_000n * second

const terms: RolloutTerms = {
  ...{ shadow: '10s', shadowShare: 1, shadowFeatures: 'same', canary: [1, 5], stepTime: ['10s', '10s'] },
  ...{ probation: '60s', standby: '60s', probationLimit: '120s', look: '1s', unit: [], advance: 'rule' },
  ...{ approvals: 0, pins: [], exclude: [], holdback: null },
}

type Said = Pick<RowDraft, 'event'> & Partial<RowDraft>

/** The log after these events of `rol_1` beside a champion, all at one instant. */
function logged(advance: RolloutTerms['advance'], events: readonly Said[]): FoldedDeployment {
  const all: readonly Said[] = [
    { event: 'terms_set', terms: { ...terms, advance } },
    { event: 'replaced', rollout: 'rol_0' },
    { event: 'verify_passed', rollout: 'rol_1', actor: { kind: 'system', name: 'system' } },
    ...events.map(each => ({ rollout: 'rol_1', ...each })),
  ]
  return all.reduce<FoldedDeployment>((before, said) => {
    const made = nextRow(before, {
      ...{ rollout: null, release: 1, digest: said.rollout ?? null, contractSet: null, at: began },
      ...{ actor: { kind: 'person', name: 'mila' }, reasonCode: 'person', reason: 'asked' },
      ...said,
    })
    if (!('row' in made)) throw new Error(`${said.event} was refused: ${made.code}`)
    return made.after
  }, emptyLog('late'))
}

const ways = {
  verified: [],
  shadow: [{ event: 'start_shadow' }],
  'canary 1': [{ event: 'start_shadow' }, { event: 'start_canary' }],
  'canary 5': [{ event: 'start_shadow' }, { event: 'start_canary' }, { event: 'step_up' }],
  probation: [
    ...[{ event: 'start_shadow' }, { event: 'start_canary' }, { event: 'step_up' }],
    { event: 'start_probation' },
  ],
} as const satisfies Readonly<Record<string, readonly Said[]>>
type Way = keyof typeof ways

interface Situation {
  readonly way: Way
  readonly held?: 'sample-ratio' | 'measuring-error' | 'capacity' | 'person'
  readonly advance?: RolloutTerms['advance']
  readonly incident?: boolean
  readonly evidence?: Partial<StageEvidence> | null
  readonly problem?: string | null
  /** Seconds since the state began, and since the look. */
  readonly age?: number
  readonly lookAge?: number
  readonly clear?: number | null
  readonly behind?: boolean
  readonly stale?: boolean
  /** Of data that are 15 days old, days since the gate looked at it. */
  readonly old?: bigint
}

function factsOf({ way, held, advance = 'rule', incident, age = 1_000, ...more }: Situation): RolloutFacts {
  const events: Said[] = [...ways[way]]
  if (held) events.push({ event: 'hold', reasonCode: held })
  if (incident) events.push({ event: 'incident_opened' })
  const folded = logged(advance, events)
  const rollout = folded.rollouts.get('rol_1')
  if (!rollout) throw new Error('no rollout')
  const now = began + BigInt(age) * second
  const { evidence = {}, problem = null, lookAge = 0, clear = 1_000, behind, stale, old } = more
  const at = now - BigInt(lookAge) * second
  return {
    ...{ folded, rollout, now, lookProblem: problem, approvedBy: [] },
    candidate: { madeAt: old === undefined ? now : now - 15n * day, verifiedAt: now - (old ?? 0n) * day },
    look: evidence === null ? null : { id: 'look_1', at, evidence: { ...goodEvidence, ...evidence } },
    clearSince: clear === null ? null : now - BigInt(clear) * second,
    settings: { production: false, hasPurpose: false, hasLabels: true, contractSet: null, serves: true },
    objection: stale ? new FettleError('STALE_VERIFY', 'too old') : undefined,
    routers: [{ router: 'r1', seq: behind ? folded.seq - 1 : folded.seq }],
  }
}

const told = (step: RolloutStep): string => {
  if (step.act === 'wait') return 'wait'
  return step.act === 'suggest' ? `suggest ${step.event}` : `${step.event} (${step.reasonCode})`
}
const chosen = (situation: Situation): string => told(chooseRolloutStep(factsOf(situation)))

const everyWay = Object.keys(ways) as Way[]
const next: Readonly<Record<Way, string>> = {
  ...{ verified: 'start_shadow', shadow: 'start_canary', 'canary 1': 'step_up' },
  ...{ 'canary 5': 'start_probation', probation: 'confirm' },
}
/** Young enough that the probation limit is not reached. */
const ageOf = (way: Way): number => (way === 'probation' ? 100 : 1_000)
const breached = {
  guard: 'error_rate',
  state: 'breached',
  challenger: { events: 9, of: 10 },
  champion: { events: 0, of: 90 },
}
const mismatch = { counts: {}, expected: {}, p: 1e-9, logLambda: 20, state: 'mismatch' as const }

describe('the next step of a rollout', () => {
  it.each(everyWay)('from %s goes forward when every guard holds', way => {
    expect(chosen({ way, age: ageOf(way) })).toBe(`${next[way]} (guards-hold)`)
    expect(chosen({ way, age: ageOf(way), advance: 'person' })).toBe(`suggest ${next[way]}`)
    expect(chosen({ way, age: ageOf(way), incident: true })).toBe(`suggest ${next[way]}`)
    expect(chosen({ way, age: ageOf(way), behind: true })).toBe('wait')
    expect(forwardEvent(factsOf({ way }).rollout)).toBe(next[way])
  })

  it.each(everyWay.filter(way => way !== 'verified'))('from %s waits for its time and its evidence', way => {
    const age = ageOf(way)
    expect(chosen({ way, age: 5 })).toBe('wait')
    expect(chosen({ way, age, evidence: null })).toBe('wait')
    expect(chosen({ way, age, lookAge: 11 })).toBe('wait')
  })

  it.each(everyWay)('from %s takes harm back, held or not, and opens an incident', way => {
    const event = way === 'probation' ? 'roll_back' : 'abort'
    for (const held of [undefined, 'person', 'sample-ratio', 'measuring-error', 'capacity'] as const)
      for (const advance of ['rule', 'person'] as const) {
        const situation = { way, advance, evidence: { harmed: true }, ...(held ? { held } : {}) }
        expect(chosen(situation)).toBe(`${event} (harm)`)
        expect(chooseRolloutStep(factsOf(situation))).toMatchObject({ incident: true, by: 'rule' })
      }
  })

  it('takes a breached guard back from the canary on', () => {
    for (const way of everyWay) {
      const step = chosen({ way, age: ageOf(way), evidence: { guards: [breached as never] } })
      const taken =
        way === 'probation' ? 'roll_back (guard)' : way.startsWith('canary') ? 'abort (guard)' : null
      if (taken) expect(step).toBe(taken)
      if (way === 'shadow') expect(step).toBe('start_canary (guards-hold)')
    }
  })

  it('takes a failed contract back once its time is over and its rows are there, not before', () => {
    const contracts = { verdict: 'fail', summary: 'fpr on ORD', cells: [] } as never
    const evidence = (reached: number) => ({ contracts, planned: { cells: 2, reached, exhausted: 0 } })
    expect(chosen({ way: 'canary 5', evidence: evidence(2) })).toBe('abort (contract)')
    expect(chosen({ way: 'canary 5', evidence: evidence(1) })).toBe('wait')
    expect(chosen({ way: 'canary 5', age: 5, evidence: evidence(2) })).toBe('wait')
    expect(chosen({ way: 'probation', age: 100, evidence: evidence(2) })).toBe('roll_back (contract)')
  })

  it('holds what is split wrongly, cannot be measured, decides nothing, or takes too long', () => {
    expect(chosen({ way: 'canary 1', evidence: { sampleRatio: mismatch } })).toBe('hold (sample-ratio)')
    expect(chosen({ way: 'shadow', problem: 'away', lookAge: 11 })).toBe('hold (measuring-error)')
    expect(chosen({ way: 'shadow', problem: 'away', lookAge: 9 })).toBe('wait')
    expect(chosen({ way: 'shadow', problem: 'away', evidence: null })).toBe('hold (measuring-error)')
    expect(chosen({ way: 'probation', age: 120 })).toBe('hold (stale-labels)')
    const cells = [{ status: 'protected', planned: 10, matured: 20 }]
    const contracts = { verdict: 'inconclusive', summary: 'open', cells } as never
    expect(chosen({ way: 'canary 1', evidence: { contracts } })).toBe('hold (inconclusive)')
    const fewer = { verdict: 'inconclusive', summary: '', cells: [{ ...cells[0], matured: 19 }] } as never
    expect(chosen({ way: 'shadow', evidence: { contracts: fewer } })).toBe('wait')
  })

  it('resumes by itself only from what passes by itself, and not at once', () => {
    for (const held of ['measuring-error', 'capacity'] as const) {
      expect(chosen({ way: 'shadow', held })).toBe('resume (clear)')
      expect(chosen({ way: 'shadow', held, clear: 29 })).toBe('wait')
      expect(chosen({ way: 'shadow', held, clear: null })).toBe('wait')
    }
    for (const held of ['sample-ratio', 'person'] as const)
      expect(chosen({ way: 'shadow', held })).toBe('wait')
  })

  it('waits for labels, pairs, the planned rows and a verdict that stands', () => {
    expect(
      chosen({ way: 'probation', age: 100, evidence: { matured: { rows: 9, labelled: 8, share: 0.89 } } }),
    ).toBe('wait')
    const coverage = { eligible: 100, pairs: 94, share: 0.94, drops: {}, biased: false }
    expect(chosen({ way: 'shadow', evidence: { coverage } })).toBe('wait')
    expect(
      chosen({ way: 'shadow', evidence: { coverage: { ...coverage, share: 0.99, biased: true } } }),
    ).toBe('wait')
    expect(chosen({ way: 'shadow', evidence: { planned: { cells: 3, reached: 2, exhausted: 0 } } })).toBe(
      'wait',
    )
    expect(chosen({ way: 'shadow', stale: true })).toBe('wait')
    expect(chosen({ way: 'verified', stale: true })).toBe('wait')
  })

  it('waits for a look of the gate at data that have become old', () => {
    expect(chosen({ way: 'shadow', old: 0n })).toBe('start_canary (guards-hold)')
    expect(chosen({ way: 'shadow', old: 2n })).toBe('wait')
    expect(chosen({ way: 'verified', old: 2n })).toBe('wait')
    expect(chosen({ way: 'canary 5', old: 2n })).not.toBe('wait')
  })

  it('decides by χ² where a look does not: 0.001', () => {
    const split = { counts: {}, expected: {}, logLambda: 0, state: 'ok' as const }
    const at = (p: number) => chosen({ way: 'canary 1', evidence: { sampleRatio: { ...split, p } } })
    expect([at(0.0009), at(0.001)]).toEqual(['wait', 'step_up (guards-hold)'])
  })
})
