import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SegmentThreshold, ThresholdRuleData, ThresholdSetData } from '../../definitions/index.ts'
import { changedThresholds, editedThreshold, servedThreshold } from './changed-thresholds.ts'

const rule: ThresholdRuleData = { target: { kind: 'fpr', rate: 0.1, delta: 0.05 }, per: 'airport' }
const basisOf = (rowSet: string): ThresholdSetData['basis'] => ({
  rowSet,
  from: null,
  to: null,
  maturity: 0.9,
})
const own = (value: number): SegmentThreshold => ({
  ...{ value, from: 'own', rows: 100, matured: 80, pool: 80, guarantee: 'P(FPR > 0.1) ≤ 0.05' },
  ...{ interval: { lower: value - 0.01, upper: value + 0.01 }, former: 0.4, candidate: null, capHit: false },
})
const terms = {
  action: { name: 'warn', threshold: 0.4 },
  rule,
  ruleHash: 'sha256:rule',
  basis: basisOf('new'),
}
const serving: ThresholdSetData = {
  ...{ action: 'warn', rule, ruleHash: 'sha256:rule', basis: basisOf('old') },
  ...{ otherwise: own(0.45), segments: { ORD: own(0.5), LAX: own(0.3) } },
}

describe('changedThresholds', () => {
  it('changes what was decided and says of the rest which rows it rests on', () => {
    const set = changedThresholds(serving, terms, [{ segment: 'ORD', threshold: own(0.55) }])
    expect(set.segments['ORD']).toEqual(own(0.55))
    expect(set.segments['LAX']).toEqual({ ...own(0.3), basis: basisOf('old') })
    expect(set).toMatchObject({ basis: basisOf('new'), otherwise: { value: 0.45 } })
    const again = changedThresholds(set, { ...terms, basis: basisOf('newer') }, [])
    expect(again.segments['ORD']?.basis).toEqual(basisOf('new'))
    expect(again.segments['LAX']?.basis).toEqual(basisOf('old'))
  })

  it('starts from the declared threshold where no set serves, or one by another column', () => {
    const change = { segment: 'ORD', threshold: own(0.55) }
    for (const former of [null, { ...serving, rule: { ...rule, per: 'state' } }]) {
      const set = changedThresholds(former, terms, [change])
      expect(Object.keys(set.segments)).toEqual(['ORD'])
      expect(set.otherwise).toMatchObject({ value: 0.4, from: 'kept', guarantee: null, former: null })
    }
  })

  it('leaves segments that were not decided where they are when all others move', () => {
    const change = { segment: null, threshold: own(0.6), unlisted: ['HNL', 'LAX', 'BOS'] }
    const set = changedThresholds(serving, terms, [change, { segment: 'BOS', threshold: own(0.2) }])
    const values = Object.fromEntries(Object.entries(set.segments).map(([name, each]) => [name, each.value]))
    expect(values).toEqual({ ORD: 0.5, LAX: 0.3, HNL: 0.45, BOS: 0.2 })
    expect(set.otherwise.value).toBe(0.6)
  })

  it('decides no row by another threshold than the one that served, or the one decided on', () => {
    const names = fc.constantFrom('ORD', 'LAX', 'HNL', 'BOS', 'SEA')
    const values = fc.double({ min: 0, max: 1, noNaN: true })
    const known = ['ORD', 'LAX', 'HNL', 'BOS', 'SEA']
    fc.assert(
      fc.property(
        fc.dictionary(names, values),
        fc.dictionary(names, values),
        fc.option(values),
        (served, decided, others) => {
          const listed = Object.fromEntries(Object.entries(served).map(([name, value]) => [name, own(value)]))
          const before: ThresholdSetData = { ...serving, segments: listed }
          const set = changedThresholds(before, terms, [
            ...(others === null
              ? []
              : [
                  {
                    segment: null,
                    threshold: own(others),
                    unlisted: known.filter(name => !Object.hasOwn(listed, name)),
                  },
                ]),
            ...Object.entries(decided).map(([segment, value]) => ({ segment, threshold: own(value) })),
          ])
          const valueIn = (of: ThresholdSetData, name: string) =>
            servedThreshold(of, name)?.value ?? of.otherwise.value
          for (const name of known) expect(valueIn(set, name)).toBe(decided[name] ?? valueIn(before, name))
          expect(valueIn(set, 'somewhere else')).toBe(others ?? 0.45)
        },
      ),
    )
  })

  it('promises nothing of a value that a person set', () => {
    expect(editedThreshold(own(0.5), 0.7)).toMatchObject({
      ...{ value: 0.7, from: 'edited', guarantee: null, interval: null, rows: 100, former: 0.4 },
    })
  })
})
