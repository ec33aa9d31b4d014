import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atMost, noWorse } from '../../src/definitions/contracts.ts'
import type { ContractData } from '../../src/definitions/index.ts'
import {
  createEvidenceCollector,
  type EvidenceDependencies,
  type EvidenceTerms,
  type FrontCounts,
  type JoinedLabel,
  type LookFacts,
  type StageEvidence,
  type TrafficRow,
} from '../../src/deployments/index.ts'
import { randomFrom } from '../../src/kernel/statistics/index.ts'
import { began, factsOf, type MadeTraffic, madeTraffic, memoryTraffic } from '../support/rollout-traffic.ts'
import {
  naiveCoverage,
  naiveFlips,
  naiveLargest,
  naivePairs,
  naiveScores,
  naiveUnits,
} from './naive-evidence.ts'

const contracts: readonly ContractData[] = (['shadow', 'canary', 'probation'] as const).flatMap(stage => [
  noWorse('fpr', { margin: 0.02 }).on('all', 'origin').at(stage).named(`fpr-${stage}`).data,
  noWorse('brier', { margin: 0.05 }).watched().at(stage).named(`brier-${stage}`).data,
  atMost('action_rate', 0.5).at(stage).named(`rate-${stage}`).data,
  atMost('error_rate', 0.1).at(stage).named(`errors-${stage}`).data,
])

const terms: EvidenceTerms = {
  task: 'binary',
  contracts,
  slices: [{ name: 'origin', of: { kind: 'column', column: 'origin' } }],
  entity: 'customer',
  rollout: { shadow: '1h' },
  names: ['customer'],
  history: null,
}

const noCounts: FrontCounts = { arms: [], shadow: { scored: 0, drops: {} }, routers: [] }

function labelsOf(rows: readonly TrafficRow[]): JoinedLabel[] {
  const random = randomFrom('labels')
  return rows
    .filter(row => row.kind === 'online' && random.unit() < 0.8)
    .map(({ predictionId, score, decidedAt }) => ({
      predictionId,
      value: Number(random.unit() < score),
      eventTime: decidedAt,
      knownTime: decidedAt + 1_000_000n,
    }))
}

function collectorOf(rows: readonly TrafficRow[], over: Partial<EvidenceDependencies> = {}) {
  const traffic = memoryTraffic(rows)
  const labels = labelsOf(rows)
  const dependencies: EvidenceDependencies = {
    traffic,
    labels: {
      labels: async ({ knownBy }) => labels.filter(label => label.knownTime <= knownBy),
      delays: async () => Float64Array.from({ length: 100 }, (_, at) => (at < 80 ? 1_000_000 : Number.NaN)),
    },
    counts: async () => noCounts,
    terms: async () => terms,
    history: async () => undefined,
    ...over,
  }
  return { traffic, labels, dependencies, collector: createEvidenceCollector(dependencies) }
}

const stages: readonly { readonly facts: LookFacts; readonly made: MadeTraffic }[] = [
  { facts: factsOf('shadow'), made: { requests: 600, weight: 0, customers: 120, covered: 0.9, harm: 0.01 } },
  {
    facts: factsOf('canary', { weight: 25, since: began + 60_000_000n }),
    made: { requests: 600, weight: 25, control: 25, customers: 200, covered: 0.9 },
  },
  {
    facts: factsOf('probation', { weight: 100, since: began + 60_000_000n }),
    made: { requests: 600, weight: 100, customers: 200, covered: 0.95, shadow: 'reverse-shadow' },
  },
]

describe('evidence of a stage', () => {
  it.each(stages)('equals what walking over the rows finds: $facts.stage', async ({ facts, made }) => {
    for (const seed of ['one', 'two', 'three']) {
      const rows = madeTraffic(randomFrom(seed), made)
      const { collector, labels } = collectorOf(rows)
      const found = await collector.look(facts)
      const pairs = naivePairs(rows, facts)
      const flips = naiveFlips(pairs, labels)
      expect(pairs.length).toBeGreaterThan(100)
      expect(found.flips?.all).toMatchObject(flips.all)
      expect(found.flips?.scores).toEqual(naiveScores(pairs))
      expect(found.flips?.slices.map(({ slice }) => slice).sort()).toEqual(
        flips.slices.map(({ slice }) => slice).sort(),
      )
      for (const slice of flips.slices)
        expect(found.flips?.slices.find(each => each.slice === slice.slice)).toMatchObject(slice)
      expect(found.flips?.flips.map(flip => flip.predictionId)).toEqual(naiveLargest(pairs))
      if (facts.stage === 'shadow') expect(found.coverage).toMatchObject(naiveCoverage(rows, facts))
      expect(found.units).toEqual(naiveUnits(rows, facts))
      expect(nonFinite(found)).toEqual([])
    }
  })

  it('does not depend on how the log was read, nor on restarts', async () => {
    const split = fc.array(fc.record({ rows: fc.nat(700), restart: fc.boolean() }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...stages),
        split,
        fc.integer({ min: 1, max: 50 }),
        async ({ facts, made }, looks, page) => {
          const rows = madeTraffic(randomFrom('splits'), made)
          const once = await collectorOf(rows).collector.look(facts)
          const { traffic, dependencies } = collectorOf(rows, { limits: { page } })
          let collector = createEvidenceCollector(dependencies)
          for (const { rows: visible, restart } of looks.toSorted((a, b) => a.rows - b.rows)) {
            traffic.visible = Math.min(rows.length, visible)
            await collector.look(facts)
            if (restart) collector = createEvidenceCollector(dependencies)
          }
          traffic.visible = rows.length
          expect(await collector.look(facts)).toEqual(once)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('keeps whole entities beyond its limit, the same however it was read', async () => {
    const [{ facts, made } = { facts: factsOf('shadow'), made: {} as MadeTraffic }] = stages
    const rows = madeTraffic(randomFrom('many'), made)
    const looks = async (page: number) => {
      const { collector } = collectorOf(rows, { limits: { rows: 200, page } })
      return collector.look(facts)
    }
    const found = await looks(1000)
    expect(found).toEqual(await looks(7))
    expect(found.flips?.pairs).toBe(naivePairs(rows, facts).length)
    expect(found.flips?.all.n).toBeLessThanOrEqual(200)
    expect(found.flips?.all.n).toBeGreaterThan(50)
    expect(found.notes.join()).toContain('rows 1')
  })
})

/** Numbers that JSON does not keep. */
function nonFinite(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [path]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => nonFinite(each, `${path}.${name}`))
}

/** A look after a look, with the former one handed back as a restarted platform does. */
async function lookTwice(
  dependencies: EvidenceDependencies,
  [first, second]: readonly [LookFacts, LookFacts],
): Promise<readonly [StageEvidence, StageEvidence]> {
  const one = await createEvidenceCollector(dependencies).look(first)
  const other = await createEvidenceCollector({ ...dependencies, history: async () => one }).look(second)
  return [one, other]
}

describe('harm', () => {
  const made: MadeTraffic = { requests: 3000, weight: 0, customers: 3000, covered: 1, harm: 0.15 }

  it('is found in a worse challenger, and stays found', async () => {
    const rows = madeTraffic(randomFrom('harm'), made)
    const { traffic, dependencies } = collectorOf(rows)
    traffic.visible = rows.length
    const facts = factsOf('shadow')
    const [found, later] = await lookTwice(dependencies, [facts, { ...facts, now: facts.now + 60_000_000n }])
    expect(found.harmed).toBe(true)
    expect(later.harmed).toBe(true)
    const cell = (look: StageEvidence) =>
      look.harm.find(each => each.slice === 'all' && each.metric === 'fpr')
    expect(cell(later)?.p).toBe(cell(found)?.p)
    expect(cell(later)?.frozen).toEqual(cell(found)?.frozen)
  })

  it('is not found between equal releases', async () => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      const rows = madeTraffic(randomFrom(seed), { ...made, harm: 0 })
      const found = await collectorOf(rows).collector.look(factsOf('shadow'))
      expect(found.harmed).toBe(false)
      expect(found.harm.find(each => each.slice === 'all')?.n).toBeGreaterThan(500)
    }
  })

  it('has no value before there are rows', async () => {
    const found = await collectorOf([]).collector.look(factsOf('shadow'))
    expect(found.harm.map(cell => cell.estimate)).toEqual(found.harm.map(() => ({ undefined: 'no-rows' })))
    expect(found.harmed).toBe(false)
    expect(found.flips).toBeNull()
  })
})

describe('planned looks', () => {
  it('follow from what former releases say, and end at the horizon', async () => {
    const history = {
      ...{ name: 'all', slice: 'all', days: 10, deff: 1, rates: { fpr: 0.1 } },
      counts: { rows: 20_000, matured: 20_000, negatives: 10_000 },
      disagreement: { fpr: 0.05 },
    }
    const planned: EvidenceTerms = {
      ...terms,
      history: [history],
      contracts: [noWorse('fpr', { margin: 0.05 }).at('shadow').named('fpr-shadow').data],
    }
    const lookAt = async (requests: number, harm: number) => {
      const made = { requests, weight: 0, customers: 20_000, covered: 1, harm }
      const rows = madeTraffic(randomFrom('planned'), made)
      const { collector } = collectorOf(rows, { terms: async () => planned })
      return collector.look(factsOf('shadow'))
    }
    const early = await lookAt(100, 0)
    const [cell] = early.contracts?.cells ?? []
    expect(cell).toMatchObject({ verdict: 'inconclusive', reason: 'before-planned' })
    expect(early.planned).toEqual({ cells: 1, reached: 0, exhausted: 0 })
    expect(early.harm[0]?.frozen).toEqual({ variance: 0.05, deff: 1 })
    const good = await lookAt(3000, 0)
    expect(good.contracts).toMatchObject({ verdict: 'pass', cells: [{ planned: cell?.planned }] })
    expect(good.planned).toEqual({ cells: 1, reached: 1, exhausted: 0 })
    const bad = await lookAt(3000, 0.1)
    expect(bad.contracts?.verdict).not.toBe('pass')
    expect(bad.planned).toEqual({ cells: 1, reached: 1, exhausted: 1 })
  })
})

describe('a canary', () => {
  const facts = factsOf('canary', { weight: 25, widths: { champion: 5000, challenger: 2500, control: 2500 } })
  const made: MadeTraffic = { requests: 2000, weight: 25, control: 25, customers: 900, covered: 0 }
  const counts = (errors: number): FrontCounts => ({
    arms: [
      { router: 'a', arm: 'champion', release: 1, requests: 500, errors: 5, slow: 0, degraded: 0 },
      { router: 'a', arm: 'control', release: 1, requests: 500, errors: 5, slow: 0, degraded: 0 },
      { router: 'a', arm: 'challenger', release: 2, requests: 500, errors, slow: 0, degraded: 0 },
    ],
    shadow: { scored: 0, drops: {} },
    routers: [],
  })

  it('compares two arms of different rows, and what the fronts counted of each', async () => {
    const rows = madeTraffic(randomFrom('canary'), made)
    const { dependencies } = collectorOf(rows)
    const begun = await createEvidenceCollector({ ...dependencies, counts: async () => counts(0) }).look(
      facts,
    )
    expect(begun.guards.map(guard => guard.state)).toEqual(['not-measured', 'not-measured', 'not-measured'])
    const [, later] = await lookTwice({ ...dependencies, counts: async () => counts(0) }, [facts, facts])
    expect(later.guards[0]?.state).toBe('not-measured')
    const broken = await createEvidenceCollector({
      ...dependencies,
      history: async () => begun,
      counts: async () => ({
        ...counts(90),
        arms: counts(90).arms.map(arm => ({
          ...arm,
          requests: arm.requests + 1000,
          errors: arm.errors + 10,
        })),
      }),
    }).look(facts)
    expect(broken.guards[0]).toMatchObject({
      state: 'breached',
      challenger: { events: 100, of: 1000 },
      champion: { events: 10, of: 1000 },
    })
    expect(broken.contracts?.cells.find(cell => cell.contract === 'errors-canary')).toMatchObject({
      challenger: 0.1,
    })
    expect(broken.sampleRatio?.state).toBe('ok')
    expect(broken.coverage).toBeNull()
    const rate = broken.contracts?.cells.find(cell => cell.contract === 'rate-canary')
    const own = rows.filter(row => row.arm === 'challenger' && row.armReason === 'bucket')
    expect(rate?.challenger).toBeCloseTo(own.filter(row => row.acted).length / own.length, 12)
  })

  it('is a mismatch where units are lost', async () => {
    const rows = madeTraffic(randomFrom('lost'), made).filter(
      row => row.arm !== 'challenger' || Number(row.unit?.slice(1)) % 2 !== 0,
    )
    const found = await collectorOf(rows).collector.look(facts)
    expect(found.sampleRatio?.state).toBe('mismatch')
  })
})

describe('a first release', () => {
  it('is judged by what it is: there is nobody to compare with', async () => {
    const rows = madeTraffic(randomFrom('first'), { requests: 800, weight: 100, customers: 300, covered: 0 })
    const facts = factsOf('probation', { champion: null, weight: 100 })
    const found = await collectorOf(rows).collector.look(facts)
    const cell = (name: string) => found.contracts?.cells.find(each => each.contract === name)
    expect(cell('rate-probation')?.verdict).toBe('pass')
    expect(cell('fpr-probation')).toMatchObject({ status: 'watched', reason: 'no-champion' })
    expect(found.flips).toBeNull()
    expect(found.coverage).toBeNull()
    expect(found.harmed).toBe(false)
  })
})

describe('outcomes', () => {
  it('compare new with old while both are drawn, and the model with what is held back', async () => {
    const rows = madeTraffic(randomFrom('outcomes'), {
      requests: 4000,
      weight: 50,
      customers: 3000,
      covered: 0,
    })
    const found = await collectorOf(rows, {
      terms: async () => ({
        ...terms,
        feedback: [{ name: 'saved', is: 'outcome', unit: 'minutes', within: '30d' }],
      }),
      labels: {
        labels: async () => undefined,
        delays: async () => new Float64Array(0),
        outcomes: async () =>
          rows.map(row => ({
            predictionId: row.predictionId,
            kind: 'saved',
            value: row.arm === 'challenger' ? 2 : 1,
          })),
      },
    }).collector.look(factsOf('canary', { weight: 50 }))
    expect(found.outcomes.map(outcome => outcome.comparison)).toEqual([
      'new-against-old',
      'model-against-holdback',
    ])
    const [first] = found.outcomes
    const drawn = (arm: string) => rows.filter(row => row.arm === arm && row.armReason === 'bucket')
    const units = new Set(drawn('challenger').map(row => row.unit)).size
    expect(first?.challenger).toEqual({ units, mean: (2 * drawn('challenger').length) / units })
    expect(found.notes.join()).toContain('takes no labels')
  })
})
