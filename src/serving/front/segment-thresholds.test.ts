import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SegmentThreshold, ThresholdSetData } from '../../definitions/index.ts'
import { actionsOf, type JudgedRows } from '../../evaluation/index.ts'
import type { Value, ValueType } from '../../kernel/values/model.ts'
import type { Release } from '../../registry/index.ts'
import { createDecisionReader } from '../decisions/reader.ts'
import { deploy, writeRelease } from '../testing/release-fixture.ts'
import { startTestFront, type TestFront, until } from '../testing/test-front.ts'
import { segmentThresholds } from './segment-thresholds.ts'

function thresholdOf(value: number): SegmentThreshold {
  const nothing = { rows: 0, matured: 0, pool: 0, guarantee: null, interval: null, former: null }
  return { ...nothing, value, from: 'own', candidate: null, capHit: false }
}

function setOf(per: string | undefined, values: Readonly<Record<string, number>>): ThresholdSetData {
  return {
    action: 'warn',
    rule: { target: { kind: 'fpr', rate: 0.1, delta: 0.05 }, ...(per === undefined ? {} : { per }) },
    ruleHash: 'sha256:rule',
    otherwise: thresholdOf(0.5),
    segments: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, thresholdOf(value)])),
    basis: { rowSet: 'sha256:rows', from: null, to: null, maturity: 0.9 },
  }
}

describe('thresholds by segment', () => {
  let folder: string
  let plain: Release
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-thresholds-'))
    plain = writeRelease(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** The release with another type of `distance`, and thresholds by a column. */
  function withThresholds(type: ValueType, set: ThresholdSetData): Release {
    const request = plain.features.request.map(field =>
      field.name === 'distance' ? { ...field, type } : field,
    )
    return { ...plain, thresholdSet: set, features: { ...plain.features, request } }
  }
  const vector = Float64Array.of(7, 3, Number.NaN)
  const found = (release: Release, value: Value, per = 'distance') => {
    const thresholds = segmentThresholds(release)
    return thresholds?.thresholdAt(thresholds.segmentAt({ [per]: value }, vector))
  }

  it.each([
    ['string', 'SEA', 'SEA'],
    ['string', '', ''],
    ['string', '__proto__', '__proto__'],
    ['int64', -7n, '-7'],
    ['int64', 9_007_199_254_740_993n, '9007199254740993'],
    ['float64', -0, '0'],
    ['float64', 0.1, '0.1'],
    ['bool', true, 'true'],
    ['bool', true, '1'],
    ['bool', false, 'false'],
    ['bool', false, '0'],
  ] as const)('%s %s is segment "%s"', (type, value, segment) => {
    const release = withThresholds(type, setOf('distance', Object.fromEntries([[segment, 0.9]])))
    expect(found(release, value)).toBe(0.9)
  })

  it.each([
    ['string', null],
    ['string', 'elsewhere'],
    ['bool', null],
    ['float64', null],
  ] as const)('%s %s is none that is listed, so the one for all others decides', (type, value) => {
    expect(found(withThresholds(type, setOf('distance', { '': 0.9, SEA: 0.8, true: 0.7 })), value)).toBe(0.5)
  })

  it('a feature of the vector can be the segment; a missing one is none', () => {
    expect(found(withThresholds('float64', setOf('origin__busy', { 3: 0.9 })), null)).toBe(0.9)
    expect(found(withThresholds('float64', setOf('origin__late_share', { NaN: 0.9 })), null)).toBe(0.5)
  })

  it('one threshold for all, none at all, and what cannot be told', () => {
    expect(found(withThresholds('float64', setOf(undefined, {})), 1)).toBe(0.5)
    expect(segmentThresholds(plain)?.thresholdAt(-1)).toBe(0.6)
    expect(segmentThresholds({ ...plain, action: null })).toBeUndefined()
    expect(() => segmentThresholds(withThresholds('string', setOf('country', {})))).toThrow(
      /neither sent nor a column/,
    )
    const actionless = { ...withThresholds('string', setOf('distance', {})), action: null }
    expect(() => segmentThresholds(actionless)).toThrow(/no action/)
  })
})

describe('a release with thresholds by segment', () => {
  let front: TestFront
  const origins = ['SEA', 'OSLO', 'ZZZ', 'ORD']
  const set = setOf('origin', { SEA: 0.8, OSLO: 0.2 })
  beforeAll(async () => {
    front = await startTestFront()
    const release = writeRelease(front.folder, { number: 2, thresholdSet: set })
    deploy(front.folder, { name: 'late', digest: release.digest })
    await until(
      async () => (await front.post('/predict/late', { rows: [] })).headers.get('fettle-release') === '2',
    )
  })
  afterAll(() => front.close())

  it('decides online what the batch decides, and the record says by which threshold', async () => {
    const rows = Array.from({ length: 400 }, (_, at) => ({
      origin: origins[at % 4] ?? '',
      distance: (at * 7) % 1400,
    }))
    const { predictions } = (await front.post('/predict/late', { rows })).body
    const scores = Float64Array.from(predictions, each => each.score)
    const judged: JudgedRows = {
      ...{ task: 'binary', rows: rows.length, hash: 'sha256:rows', labels: new Float64Array(rows.length) },
      columns: { origin: { codes: Int32Array.from(rows.keys(), at => at % 4), dictionary: origins } },
    }
    const online = Uint8Array.from(predictions, each => Number('action' in each))
    expect(online).toEqual(actionsOf(set, judged, scores))
    expect(new Set(online)).toEqual(new Set([0, 1]))
    const reader = createDecisionReader(join(front.folder, 'log'))
    const records = await Promise.all(predictions.slice(0, 4).map(each => reader.find(each.prediction_id)))
    expect(records.map(record => [record?.segment, record?.threshold, record?.acted])).toEqual(
      [
        ['SEA', 0.8],
        ['OSLO', 0.2],
        [null, 0.5],
        [null, 0.5],
      ].map((each, at) => [...each, online[at] === 1]),
    )
  })

  it('is another release, and one without thresholds has the digest it had before', () => {
    const without = writeRelease(front.folder)
    expect(without.digest).toBe(front.release.digest)
    expect(writeRelease(front.folder, { thresholdSet: set }).digest).not.toBe(without.digest)
  })
})
