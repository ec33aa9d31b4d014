import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReasonTableData } from '../../definitions/index.ts'
import type { Release } from '../../registry/index.ts'
import { releaseNote } from '../front/signature.ts'
import type { DecisionRecord } from '../model.ts'
import type { OpenExplainer } from '../ports.ts'
import { decidedRequest } from '../testing/decided-fixture.ts'
import { writeRelease } from '../testing/release-fixture.ts'
import { withoutValues } from './erase-decision.ts'
import { explainDecision } from './explain-decision.ts'

let folder: string
let release: Release
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-explain-'))
  release = writeRelease(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const contributions: OpenExplainer = async () => ({
  variant: 'linear',
  explain: vector => ({
    baseline: -1,
    contributions: Float64Array.of(-0.2, 0.00001, 0.9),
    rawScore: -0.3 + 0 * vector.length,
  }),
})

function recordOf(vector: number[], changes: Partial<DecisionRecord> = {}): DecisionRecord {
  const { rows: _, note: __, ...request } = decidedRequest(1)
  return {
    ...request,
    predictionId: 'x-0',
    row: 0,
    bucket: null,
    armReason: 'only',
    release: releaseNote(release, { kind: 'linear', build: 'b' }),
    entity: {},
    eventTimes: [null],
    score: 0.42,
    acted: false,
    action: null,
    threshold: 0.6,
    segment: null,
    logged: { segment: 's', offset: 64 },
    vector: Float64Array.from(vector),
    states: ['request', 'fresh', 'fresh'],
    ...changes,
  }
}

describe('why a decision came out as it did', () => {
  it('says the strongest inputs first, in words, and leaves out what changes nothing', async () => {
    const explained = await explainDecision(recordOf([500, 3, 0.4166]), release, folder, contributions)
    expect(explained).toMatchObject({ baseline: -1, rawScore: -0.3 })
    expect(explained.reasons).toEqual([
      'origin__late_share (mean of is_late over the last 3h, by origin) = 0.417 raises the score',
      'distance = 500 lowers the score',
    ])
    expect(explained.features.map(each => [each.name, each.value, each.state, each.contribution])).toEqual([
      ['distance', 500, 'request', -0.2],
      ['origin__busy', 3, 'fresh', 0.00001],
      ['origin__late_share', 0.4166, 'fresh', 0.9],
    ])
  })

  it('a missing value is a reason too', async () => {
    const explained = await explainDecision(
      recordOf([500, 3, Number.NaN], { states: ['request', 'fresh', 'stale'] }),
      release,
      folder,
      contributions,
    )
    expect(explained.reasons[0]).toBe(
      'origin__late_share (mean of is_late over the last 3h, by origin) is too old, which raises the score',
    )
    expect(explained.features[2]?.value).toBeNull()
  })

  it('without an exact explanation: values, no reasons; a fallback says why', async () => {
    const none: OpenExplainer = async () => undefined
    const plain = await explainDecision(recordOf([1, 2, 3]), release, folder, none)
    expect([plain.baseline, plain.reasons, plain.features[0]?.contribution]).toEqual([null, [], null])
    const fallback = await explainDecision(
      recordOf([1, 2, 3], { servedBy: 'fallback', degradedReasons: ['scorer-down'], score: 0.25 }),
      release,
      folder,
      none,
    )
    expect(fallback.reasons).toEqual([
      'The model did not answer (scorer-down): the declared constant 0.25 was given instead.',
    ])
  })

  it.each([
    ['rule', {}, 'The model did not answer (scorer-down): the declared rule far gave 0.42 instead.'],
    ['value', {}, 'The model did not answer (scorer-down): a declared value of the row gave 0.42 instead.'],
    [
      'fallback',
      { arm: 'holdback', degradedReasons: [] },
      'Held back from every model: the declared constant 0.42 was given instead.',
    ],
  ] as const)(
    'what a %s answered has its reason, and no contributions',
    async (servedBy, changes, reason) => {
      const before = [{ kind: 'rule' as const, name: 'far', cases: [], otherwise: 0.42 }]
      const chained: Release = { ...release, fallback: { kind: 'constant', score: 0.25, before } }
      const record = recordOf([1, 2, 3], { servedBy, degradedReasons: ['scorer-down'], ...changes })
      const explained = await explainDecision(record, chained, folder, contributions)
      expect([explained.reasons, explained.reviewed, explained.baseline]).toEqual([[reason], null, null])
    },
  )

  it('what was erased is said to be', async () => {
    const gone = withoutValues(recordOf([1, 2, 3]))
    const explained = await explainDecision(gone, release, folder, contributions)
    expect(explained.reasons).toEqual([
      'The values it was made from were erased with the person they were about.',
    ])
    expect(explained.features.map(each => [each.value, each.state, each.contribution])).toEqual(
      gone.states.map(() => [null, 'erased', null]),
    )
  })

  it('reviewed reasons: adverse ones only, in the words of the table, with who stands for them', async () => {
    const reasons: ReasonTableData = {
      ...{ reviewedBy: 'jo@example.org', version: '3', adverse: 'up' },
      reasons: [
        { code: 'far', features: ['distance'], sentence: 'The flight is long.' },
        {
          code: 'busy',
          features: ['origin__busy', 'origin__late_share'],
          sentence: 'The origin is busy',
          change: 'A flight at another hour would help.',
        },
      ],
    }
    const explained = await explainDecision(
      recordOf([500, 3, 0.4166]),
      { ...release, reasons },
      folder,
      contributions,
    )
    expect(explained.reasons).toEqual(['The origin is busy. A flight at another hour would help.'])
    expect(explained.reviewed).toMatchObject({
      ...{ version: '3', reviewedBy: 'jo@example.org' },
      reasons: [{ code: 'busy', contribution: expect.closeTo(0.90001, 9) }],
    })
    expect(explained.variant).toBe('linear')
    const unknown = await explainDecision(
      recordOf([500, Number.NaN, Number.NaN]),
      { ...release, reasons },
      folder,
      async () => ({
        variant: 'linear',
        explain: async () => ({ baseline: 0, contributions: Float64Array.of(0.5, 1, 1), rawScore: 2.5 }),
      }),
    )
    expect(unknown.reasons).toEqual([
      'Not known when this was decided: origin__busy, origin__late_share',
      'The flight is long.',
    ])
    const down = { ...release, reasons: { ...reasons, adverse: 'down' as const } }
    const spared = await explainDecision(recordOf([500, 3, 0.4]), down, folder, async () => ({
      variant: 'linear',
      explain: async () => ({ baseline: 0, contributions: Float64Array.of(1, 1, 1), rawScore: 3 }),
    }))
    expect(spared.reasons).toEqual(['No reason counts against this decision.'])
    const outgrown = { ...release, reasons: { ...reasons, reasons: reasons.reasons.slice(0, 1) } }
    const found = await explainDecision(recordOf([500, 3, 0.4166]), outgrown, folder, contributions)
    expect([found.reviewed, found.reasons.length]).toEqual([null, 2])
  })

  it('an explainer that holds a model is closed again', async () => {
    let closed = 0
    const opened = await contributions(folder, 'linear')
    if (opened === undefined) throw new Error('the fixture explains')
    await explainDecision(recordOf([1, 2, 3]), release, folder, async () => ({
      ...opened,
      async close() {
        closed++
      },
    }))
    expect(closed).toBe(1)
  })

  it('another release is refused', async () => {
    const other = { ...release, digest: 'sha256:other' }
    await expect(explainDecision(recordOf([1, 2, 3]), other, folder, contributions)).rejects.toMatchObject({
      code: 'RELEASE_REFUSED',
    })
  })
})
