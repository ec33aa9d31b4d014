import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReasonTableData } from '../../definitions/index.ts'
import { openExplainer, treeExplainer } from '../explainer.ts'
import { logistic } from '../link.ts'
import { readTrees } from '../model-files.ts'
import type { Scorer, ScorerFactory } from '../ports.ts'
import { readBackground, sampleBackground, writeBackground } from './background.ts'
import { checkedSum } from './checked.ts'
import { importanceOf } from './importance.ts'
import { opaqueExplainer } from './opaque-explainer.ts'
import { reasonsOf, requireReasons, unmappedFeatures } from './reasons.ts'
import { exactShapley, sampledShapley } from './shapley.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-explanations-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Mean over all orders of what a player adds. */
function overAllOrders(players: number, worth: (members: readonly number[]) => number): number[] {
  const orders = (rest: readonly number[]): number[][] =>
    rest.length === 0
      ? [[]]
      : rest.flatMap(one => orders(rest.filter(each => each !== one)).map(o => [one, ...o]))
  const phi = new Array<number>(players).fill(0)
  const all = orders(Array.from({ length: players }, (_, player) => player))
  for (const order of all)
    order.forEach((player, place) => {
      const before = order.slice(0, place)
      phi[player] = (phi[player] ?? 0) + (worth([...before, player]) - worth(before)) / all.length
    })
  return phi
}

const membersOf = (coalitions: Uint8Array, at: number, players: number): number[] =>
  Array.from({ length: players }, (_, player) => player).filter(
    player => coalitions[at * players + player] === 1,
  )

describe('Shapley values of a game', () => {
  it('exact: the mean over all orders; the first coalition is empty, the second full', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 64, maxLength: 64 }),
        (players, worths) => {
          const worth = (members: readonly number[]) =>
            worths[members.reduce((set, member) => set | (1 << member), 0)] ?? 0
          const plan = exactShapley(players)
          const values = Float64Array.from({ length: plan.count }, (_, at) =>
            worth(membersOf(plan.coalitions, at, players)),
          )
          expect(membersOf(plan.coalitions, 0, players)).toEqual([])
          expect(membersOf(plan.coalitions, 1, players)).toHaveLength(players)
          const { phi } = plan.share(values)
          for (const [player, wanted] of overAllOrders(players, worth).entries())
            expect(phi[player]).toBeCloseTo(wanted, 10)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('sampled: adds up whatever the game, is the same for the same label, and nears the exact values', () => {
    const players = 8
    const worth = (members: readonly number[]) => members.reduce((sum, member) => sum + member + 1, 0) ** 1.5
    const solve = (label: string, pairs: number) => {
      const plan = sampledShapley(players, { label, pairs })
      const values = Float64Array.from({ length: plan.count }, (_, at) =>
        worth(membersOf(plan.coalitions, at, players)),
      )
      return { ...plan.share(values), whole: (values[1] ?? 0) - (values[0] ?? 0) }
    }
    const exact = overAllOrders(players, worth)
    const { phi, standardErrors, whole } = solve('explain/a', 200)
    expect(phi.reduce((sum, value) => sum + value, 0)).toBeCloseTo(whole, 9)
    exact.forEach((wanted, player) => {
      const error = standardErrors?.[player] ?? 0
      expect(error).toBeGreaterThan(0)
      expect(Math.abs((phi[player] ?? 0) - wanted)).toBeLessThan(5 * error)
    })
    expect(solve('explain/a', 10).phi).toEqual(solve('explain/a', 10).phi)
    expect(solve('explain/b', 10).phi).not.toEqual(solve('explain/a', 10).phi)
    expect(solve('explain/a', 1).standardErrors).toBeNull()
  })
})

/** A model of which only scores are known: log-odds are products of neighbours, a missing value counts as 2. */
function opaqueScorer(inputs: number): Scorer & { closed: boolean } {
  const raw = (row: Float64Array) =>
    row.reduce((sum, value, i) => {
      const next = row[(i + 1) % inputs] ?? 0
      return sum + 0.1 * (Number.isNaN(value) ? 2 : value) * (Number.isNaN(next) ? 2 : next)
    }, 0)
  return {
    ...{ kind: 'onnx', build: 'opaque', closed: false },
    score: (vectors, rows) =>
      Float64Array.from({ length: rows }, (_, row) =>
        logistic(raw(vectors.subarray(row * inputs, (row + 1) * inputs))),
      ),
    async close() {
      this.closed = true
    },
  }
}

const backgroundOf = (inputs: number, rows: number) =>
  sampleBackground(
    Array.from({ length: inputs }, (_, i) => `x${i}`),
    { rows, at: (row, input) => (((row * inputs + input) * 7) % 5) / 4, label: 'b' },
  )

describe('a model that can only be scored', () => {
  it('with few inputs: exact, on the log-odds, against the background', async () => {
    const explainer = opaqueExplainer(opaqueScorer(4), { background: backgroundOf(4, 6) })
    expect(explainer.variant).toBe('exact')
    const row = Float64Array.of(1, Number.NaN, -1, 0.5)
    const { baseline, contributions, rawScore, standardErrors } = await explainer.explain(row)
    const { values } = backgroundOf(4, 6)
    const scorer = opaqueScorer(4)
    const worth = async (members: readonly number[]) => {
      const mixed = values.map((z, at) => (members.includes(at % 4) ? (row[at % 4] ?? 0) : z))
      const scores = await scorer.score(mixed, 6)
      return scores.reduce((sum, p) => sum + Math.log(p / (1 - p)), 0) / 6
    }
    const table = new Map<string, number>()
    for (let set = 0; set < 16; set++) {
      const members = [0, 1, 2, 3].filter(member => set & (1 << member))
      table.set(members.join(), await worth(members))
    }
    const wanted = overAllOrders(4, members => table.get([...members].sort().join()) ?? Number.NaN)
    for (const [player, value] of wanted.entries()) expect(contributions[player]).toBeCloseTo(value, 9)
    expect(baseline).toBeCloseTo(table.get('') ?? Number.NaN, 9)
    expect(rawScore).toBeCloseTo(0.1 * (2 - 2 - 0.5 + 0.5), 9)
    expect(standardErrors).toBeNull()
  })

  it('with many inputs: drawn, the same for the same row, with errors that are told; groups are players', async () => {
    const scorer = opaqueScorer(14)
    const background = backgroundOf(14, 5)
    const explainer = opaqueExplainer(scorer, { background })
    const row = Float64Array.from({ length: 14 }, (_, i) => i / 7 - 1)
    const first = await explainer.explain(row)
    expect(explainer.variant).toBe('permutation')
    expect(first.standardErrors?.some(error => error > 0)).toBe(true)
    expect((await explainer.explain(row)).contributions).toEqual(first.contributions)
    expect(await explainer.explainRows(row, 1)).toEqual(first.contributions)
    const grouped = opaqueExplainer(scorer, {
      background,
      groups: [
        ['x0', 'x3'],
        ['x9', 'x1'],
      ],
    })
    expect(grouped).toMatchObject({
      variant: 'exact',
      players: expect.arrayContaining([[0, 3], [9, 1], [2]]),
    })
    const whole = await grouped.explain(row)
    expect(whole.contributions).toHaveLength(12)
    expect(whole.baseline).toBe(first.baseline)
    await explainer.close?.()
    expect(scorer.closed).toBe(true)
  })

  it('a score of 1 has finite log-odds, one that is no number is refused', async () => {
    const sure: Scorer = { ...opaqueScorer(1), score: (_, rows) => new Float64Array(rows).fill(1) }
    const { rawScore } = await opaqueExplainer(sure, { background: backgroundOf(1, 2) }).explain(
      Float64Array.of(3),
    )
    expect(rawScore).toBeCloseTo(34.5, 0)
    const broken: Scorer = { ...sure, score: (_, rows) => new Float64Array(rows).fill(Number.NaN) }
    await expect(
      opaqueExplainer(broken, { background: backgroundOf(1, 2) }).explain(Float64Array.of(3)),
    ).rejects.toMatchObject({ code: 'NOT_A_NUMBER' })
  })

  it('vectors and groups that do not fit are refused', async () => {
    const background = backgroundOf(3, 4)
    const explain = opaqueExplainer(opaqueScorer(3), { background }).explain(Float64Array.of(1))
    await expect(explain).rejects.toMatchObject({ code: 'LENGTH_MISMATCH' })
    for (const groups of [[['x0', 'x7']], [['x0'], ['x0', 'x1']]])
      expect(() => opaqueExplainer(opaqueScorer(3), { background, groups })).toThrow(
        expect.objectContaining({ code: 'SIGNATURE_MISMATCH' }),
      )
  })
})

const models = (name: string): string =>
  new URL(`../../../test/data/models/${name}/`, import.meta.url).pathname

it('contributions that do not add up are withheld, never rescaled', () => {
  const explanation = { baseline: 0.5, contributions: Float64Array.of(1, 2), rawScore: 3.5 }
  expect(checkedSum(explanation)).toBe(explanation)
  for (const rawScore of [3.5 + 1e-5, Number.NaN])
    expect(() => checkedSum({ ...explanation, rawScore })).toThrow(
      expect.objectContaining({ code: 'ADDITIVITY_BROKEN' }),
    )
})

describe('background rows', () => {
  it('are 100 of the training rows, the same for the same label, and survive the file', async () => {
    const at = (row: number, input: number) =>
      row === 7 ? Number.NaN : row === 11 ? Infinity : (2 * row + input) / 3
    const sample = (label: string) => sampleBackground(['a', 'b'], { at, rows: 1000, label })
    expect(sample('x').rows).toBe(100)
    expect(sample('x').hash).toBe(sample('x').hash)
    expect(sample('y').hash).not.toBe(sample('x').hash)
    const few = sampleBackground(['a', 'b'], { at, rows: 12, label: 'x' })
    await writeBackground(folder, few)
    const read = await readBackground(folder)
    expect(read.hash).toBe(few.hash)
    expect(read.values.map(Math.fround)).toEqual(few.values.map(Math.fround))
  })

  it.each([
    ['no rows', { schema: 1, inputs: ['a'], rows: [] }, 'MISSING_BACKGROUND'],
    ['rows of another width', { schema: 1, inputs: ['a'], rows: [[1], [1, 2]] }, 'SIGNATURE_MISMATCH'],
    ['words', { schema: 1, inputs: ['a'], rows: [['1']] }, 'SIGNATURE_MISMATCH'],
    ['another schema', { schema: 2, inputs: ['a'], rows: [[1]] }, 'MODEL_UNREADABLE'],
  ])('%s are refused', async (_, content, code) => {
    writeFileSync(join(folder, 'background.json'), JSON.stringify(content))
    await expect(readBackground(folder)).rejects.toMatchObject({ code })
  })

  it('open an explainer for an ONNX model that nothing else explains', async () => {
    const empty = mkdtempSync(join(folder, 'onnx-'))
    const scorer = opaqueScorer(3)
    const scorers: ScorerFactory = { open: async () => scorer }
    expect(await openExplainer(empty, 'onnx', { scorers })).toBeUndefined()
    await writeBackground(empty, backgroundOf(3, 4))
    expect(await openExplainer(empty, 'onnx')).toBeUndefined()
    const explainer = await openExplainer(empty, 'onnx', { scorers })
    expect(explainer).toMatchObject({ variant: 'exact', background: backgroundOf(3, 4).hash })
  })
})

describe('importance', () => {
  it('is the mean |φ| of sampled rows, by input and by slice, and the same again', async () => {
    const explainer = treeExplainer(await readTrees(models('trees')))
    const length = 3000
    const vectors = Float64Array.from(
      { length: length * 5 },
      (_, i) => Math.sin(i * 12.9898) * (i % 5 === 1 ? 10 : 1),
    )
    const half = Int32Array.from({ length }, (_, row) => row).filter(row => (vectors[row * 5] ?? 0) > 0)
    const slice = (name: string, rows: Int32Array) => ({ name, slice: name, value: null, rows })
    const request = {
      ...{ explainer, vectors, rows: length, rowSet: 'sha256:rows', inputs: ['a', 'b', 'c', 'd', 'e'] },
      slices: [slice('all', half), slice('high', half), slice('tiny', half.slice(0, 19))],
    }
    const report = await importanceOf(request)
    expect(report).toMatchObject({ variant: 'path_dependent', rows: 2000 })
    expect(report.features.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
    const all = await explainer.explainRows(vectors, length)
    for (const { feature, meanAbs } of report.features) {
      const input = request.inputs.indexOf(feature)
      let sum = 0
      for (let row = 0; row < length; row++) sum += Math.abs(all[row * 5 + input] ?? 0)
      expect(Math.abs(meanAbs - sum / length)).toBeLessThan(0.1 * (sum / length) + 1e-9)
    }
    expect(report.slices.map(each => [each.slice, each.rows])).toEqual([['high', 200]])
    const [most, least] = [report.slices[0]?.features[0], report.slices[0]?.features.at(-1)]
    expect(Math.abs((most?.share ?? 0) - (most?.overall ?? 0))).toBeGreaterThanOrEqual(
      Math.abs((least?.share ?? 0) - (least?.overall ?? 0)),
    )
    expect(await importanceOf(request)).toEqual(report)
    expect((await importanceOf({ ...request, rows: 0, slices: [] })).features).toEqual([])
  })

  it('names groups by their inputs', async () => {
    const explainer = opaqueExplainer(opaqueScorer(3), {
      background: backgroundOf(3, 4),
      groups: [['x0', 'x2']],
    })
    const vectors = Float64Array.from({ length: 90 }, (_, i) => (i % 11) / 3)
    const report = await importanceOf({
      ...{ explainer, vectors, rows: 30, rowSet: 'r', inputs: ['x0', 'x1', 'x2'] },
    })
    expect(report.features.map(({ feature }) => feature).sort()).toEqual(['x0 + x2', 'x1'])
  })
})

describe('reasons', () => {
  const table: ReasonTableData = {
    ...{ reviewedBy: 'jo', version: '1', adverse: 'up' },
    reasons: [
      { code: 'r1', features: ['a', 'b'], sentence: 'One.', change: 'Change one.' },
      { code: 'r2', features: ['c'], sentence: 'Two.' },
      { code: 'r3', features: ['d'], sentence: 'Three.' },
      { code: 'r4', features: ['e', 'g'], sentence: 'Four.' },
      { code: 'r5', features: ['f'], sentence: 'Five.' },
      { code: 'r6', features: [], sentence: 'Six.' },
    ],
  }

  it('are at most four, adverse ones, added per reason, ties by code', () => {
    const contributions = { a: 0.2, b: 0.2, c: 0.3, d: -0.5, e: 0.1, f: 0.4, g: 0.1 }
    const found = reasonsOf(table, contributions)
    expect(found.map(({ code, contribution }) => [code, Number(contribution.toFixed(6))])).toEqual([
      ['r1', 0.4],
      ['r5', 0.4],
      ['r2', 0.3],
      ['r4', 0.2],
    ])
    expect(found[0]).toMatchObject({ sentence: 'One.', change: 'Change one.' })
    expect(reasonsOf({ ...table, adverse: 'down' }, contributions).map(({ code }) => code)).toEqual(['r3'])
  })

  it('a feature without a reason is refused, by name', () => {
    expect(unmappedFeatures(table, ['a', 'x', 'b', 'y'])).toEqual(['x', 'y'])
    expect(() => requireReasons(table, ['a', 'x'])).toThrow(
      expect.objectContaining({ code: 'UNMAPPED_FEATURE', message: expect.stringContaining('"x"') }),
    )
    expect(() => reasonsOf(table, { x: 1 })).toThrow(expect.objectContaining({ code: 'UNMAPPED_FEATURE' }))
    expect(() => requireReasons(table, ['a', 'g'])).not.toThrow()
  })
})
