import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFettleError } from '../../kernel/errors/index.ts'
import { treeExplainer } from '../explainer.ts'
import { sampleBackground } from '../explanations/background.ts'
import { readTrees } from '../model-files.ts'
import { explanationCases } from '../vector-cases.ts'
import { interventionalShap } from './interventional-shap.ts'
import { packTrees, type TreeData, type TreeEnsemble } from './model.ts'
import { rawTreeScores } from './score.ts'
import { treeShap } from './tree-shap.ts'

/** v(S) by walking: follow the row on features in S, average children by cover otherwise. */
function gameValue(
  ensemble: TreeEnsemble,
  node: number,
  at: { values: Float64Array; known: number },
): number {
  const left = ensemble.left[node] as number
  const right = ensemble.right[node] as number
  if (left < 0) return ensemble.value[node] as number
  const feature = ensemble.feature[node] as number
  if (at.known & (1 << feature)) {
    const x = at.values[feature] as number
    const limit = ensemble.threshold[node] as number
    const goesLeft = Number.isNaN(x)
      ? ensemble.missingLeft[node] === 1
      : ensemble.strict[node]
        ? x < limit
        : x <= limit
    return gameValue(ensemble, goesLeft ? left : right, at)
  }
  const share = (child: number) => (ensemble.cover[child] as number) / (ensemble.cover[node] as number)
  return share(left) * gameValue(ensemble, left, at) + share(right) * gameValue(ensemble, right, at)
}

/** Shapley values by their definition: every subset. */
function naiveShapley(n: number, worth: (known: number) => number): number[] {
  const factorial = (k: number): number => (k <= 1 ? 1 : k * factorial(k - 1))
  const game = Array.from({ length: 1 << n }, (_, known) => worth(known))
  return Array.from({ length: n }, (_, feature) => {
    let phi = 0
    for (let set = 0; set < 1 << n; set++) {
      if (set & (1 << feature)) continue
      const size = set.toString(2).replaceAll('0', '').length
      phi +=
        ((factorial(size) * factorial(n - size - 1)) / factorial(n)) *
        ((game[set | (1 << feature)] ?? 0) - (game[set] ?? 0))
    }
    return phi
  })
}

/** Features of the random models. */
const width = 6
const most = width - 1
const numbers = [-2, -1, -0.5, 0, 0.5, 1, 2]
type Shape =
  | { leaf: number }
  | { feature: number; threshold: number; missingLeft: boolean; left: Shape; right: Shape }
const shape: fc.Arbitrary<Shape> = fc.letrec<{ node: Shape }>(tie => ({
  node: fc.oneof(
    { maxDepth: 5, depthSize: 'large' },
    fc.record({ leaf: fc.double({ min: -3, max: 3, noNaN: true }) }),
    fc.record({
      feature: fc.nat(most),
      threshold: fc.constantFrom(...numbers),
      missingLeft: fc.boolean(),
      left: tie('node'),
      right: tie('node'),
    }),
  ),
})).node

function grow(root: Shape, covers: readonly number[]): TreeData {
  const tree = {
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    right: [] as number[],
    missingLeft: [] as boolean[],
    value: [] as number[],
    cover: [] as number[],
  }
  const add = (node: Shape): number => {
    const index = tree.left.length
    const leaf = 'leaf' in node
    tree.feature.push(leaf ? -1 : node.feature)
    tree.threshold.push(leaf ? 0 : node.threshold)
    tree.missingLeft.push(!leaf && node.missingLeft)
    tree.value.push(leaf ? node.leaf : 0)
    tree.left.push(-1)
    tree.right.push(-1)
    tree.cover.push(covers[index % covers.length] ?? 1)
    if (!leaf) {
      tree.left[index] = add(node.left)
      tree.right[index] = add(node.right)
      tree.cover[index] = (tree.cover[tree.left[index] ?? 0] ?? 0) + (tree.cover[tree.right[index] ?? 0] ?? 0)
    }
    return index
  }
  add(root)
  return tree
}

test('equals the definition over all subsets on random ensembles', () => {
  const property = fc.property(
    fc.array(shape, { minLength: 1, maxLength: 3 }),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 7 }),
    fc.array(fc.constantFrom(...numbers, Number.NaN, 0.25), { minLength: width, maxLength: width }),
    fc.constantFrom<('le' | 'lt')[]>('le', 'lt'),
    (shapes, covers, row, rule) => {
      const ensemble = packTrees({
        features: width,
        offset: 0.5,
        rule,
        trees: shapes.map(each => grow(each, covers)),
      })
      const values = Float64Array.from(row)
      const shap = treeShap(ensemble)
      const phi = shap.explain(values)
      const expected = naiveShapley(width, known =>
        ensemble.roots.reduce((sum, root) => sum + gameValue(ensemble, root, { values, known }), 0),
      )
      for (const [feature, value] of expected.entries()) expect(phi[feature]).toBeCloseTo(value, 9)
      const sum = phi.reduce((total, value) => total + value, shap.base)
      expect(sum).toBeCloseTo(rawTreeScores(ensemble, values, 1)[0] ?? Number.NaN, 9)
    },
  )
  fc.assert(property, { numRuns: 300 })
})

const edges = [Infinity, -Infinity, 0, Number.NaN, -0, 1e308]
const rowOfNumbers = fc.array(fc.constantFrom(...numbers, Number.NaN, 0.25), {
  minLength: width,
  maxLength: width,
})

test('rows explained together get the bits they get alone, missing values and infinities too', () => {
  const property = fc.property(
    fc.array(shape, { minLength: 1, maxLength: 3 }),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 7 }),
    fc.array(rowOfNumbers, { minLength: 2, maxLength: 40 }),
    (shapes, covers, rows) => {
      const ensemble = packTrees({
        features: width,
        offset: 0,
        trees: shapes.map(each => grow(each, covers)),
      })
      const shap = treeShap(ensemble)
      const values = Float64Array.from([...rows.flat(), ...edges])
      const alone = [...rows, edges].flatMap(row => [...shap.explain(Float64Array.from(row))])
      expect([...shap.explain(values, rows.length + 1)]).toEqual(alone)
    },
  )
  fc.assert(property, { numRuns: 100 })
})

test('interventional: equals the definition over all subsets and background rows', () => {
  const property = fc.property(
    fc.array(shape, { minLength: 1, maxLength: 3 }),
    rowOfNumbers,
    fc.array(rowOfNumbers, { minLength: 1, maxLength: 6 }),
    fc.constantFrom<('le' | 'lt')[]>('le', 'lt'),
    (shapes, row, background, rule) => {
      const trees = shapes.map(each => grow(each, [0]))
      const ensemble = packTrees({ features: width, offset: 0.5, rule, trees })
      const shap = interventionalShap(ensemble, Float64Array.from(background.flat()), background.length)
      const phi = shap.explain(Float64Array.from(row))
      const expected = naiveShapley(width, known => {
        const mixed = background.flatMap(other => other.map((z, i) => (known & (1 << i) ? row[i] : z) ?? 0))
        const scores = rawTreeScores(ensemble, Float64Array.from(mixed), background.length)
        return scores.reduce((sum, score) => sum + score, 0) / background.length
      })
      for (const [feature, value] of expected.entries()) expect(phi[feature]).toBeCloseTo(value, 9)
      const sum = phi.reduce((total, value) => total + value, shap.base)
      expect(sum).toBeCloseTo(rawTreeScores(ensemble, Float64Array.from(row), 1)[0] ?? Number.NaN, 9)
    },
  )
  fc.assert(property, { numRuns: 200 })
})

test('equals LightGBM pred_contrib, on thresholds and with missing values too', async () => {
  const folder = new URL('../../../test/data/models/trees/', import.meta.url)
  const cases = JSON.parse(readFileSync(new URL('contributions.json', folder), 'utf8')) as {
    vector: (number | null)[]
    contributions: number[]
    raw: number
  }[]
  const explainer = treeExplainer(await readTrees(folder.pathname))
  expect(cases.length).toBeGreaterThan(100)
  for (const { vector, contributions, raw } of cases) {
    const found = explainer.explain(Float64Array.from(vector, value => value ?? Number.NaN))
    const all = [...found.contributions, found.baseline]
    expect(
      Math.max(...all.map((value, index) => Math.abs(value - (contributions[index] ?? Number.NaN)))),
    ).toBeLessThan(1e-6)
    expect(found.rawScore).toBe(raw)
  }
})

interface VectorCase {
  readonly id: string
  readonly in: Record<string, never>
  readonly out: { phi: number[]; base: number; raw: number }[] | { error: string }
}

test.each(['path_dependent', 'interventional'])('known answers of %s TreeSHAP', variant => {
  const file = new URL('../../../test/vectors/statistics/treeshap.json', import.meta.url)
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: VectorCase[] }
  const known = cases.filter(item => item.in['variant'] === variant)
  expect(known).toHaveLength(8)
  for (const item of known) {
    if (!Array.isArray(item.out)) {
      const wanted = item.out.error
      expect(() => explanationCases['treeshap']?.(item.in)).toThrow(
        expect.toSatisfy(error => isFettleError(error) && error.code === wanted),
      )
      continue
    }
    const found = explanationCases['treeshap']?.(item.in) as typeof item.out
    item.out.forEach((expected, row) => {
      const all = [...(found[row]?.phi ?? []), found[row]?.base, found[row]?.raw]
      const wanted = [...expected.phi, expected.base, expected.raw]
      for (const [index, value] of wanted.entries()) expect(all[index], item.id).toBeCloseTo(value, 9)
    })
  }
})

const stump: TreeData = {
  feature: [0, -1, -1],
  threshold: [0.5, 0, 0],
  left: [1, -1, -1],
  right: [2, -1, -1],
  missingLeft: [true, false, false],
  value: [0, 1, 2],
  cover: [4, 3, 1],
}

test.each([
  ['a cycle', { ...stump, feature: [0, 0, -1], left: [1, 1, -1], right: [2, 2, -1] }, /reached twice/],
  ['a missing child', { ...stump, right: [9, -1, -1] }, /child is missing/],
  ['a threshold that is no number', { ...stump, threshold: [Number.NaN, 0, 0] }, /threshold/],
  ['a feature out of range', { ...stump, feature: [3, -1, -1] }, /no feature 3/],
  ['a leaf without value', { ...stump, value: [0, Number.NaN, 1] }, /no finite value/],
])('%s is refused at load', (_, tree, message) => {
  expect(() => packTrees({ features: 1, offset: 0, trees: [tree] })).toThrow(message)
})

test('a model without features explains nothing: base = raw', () => {
  const leaf: TreeData = {
    feature: [-1],
    threshold: [0],
    left: [-1],
    right: [-1],
    missingLeft: [false],
    value: [0.7],
    cover: [5],
  }
  const explanation = treeExplainer(packTrees({ features: 0, offset: 0, trees: [leaf] })).explain(
    new Float64Array(0),
  )
  expect(explanation).toEqual({ baseline: 0.7, contributions: new Float64Array(0), rawScore: 0.7 })
})

/** A tree of `leaves` leaves, each split on the next feature in turn. */
function wideTree(leaves: number, features: number): TreeData {
  const nodes = 2 * leaves - 1
  const index = Array.from({ length: nodes }, (_, node) => node)
  const inner = (node: number) => node < leaves - 1
  return {
    feature: index.map(node => (inner(node) ? node % features : -1)),
    threshold: index.map(node => ((node * 37) % 100) / 50 - 1),
    left: index.map(node => (inner(node) ? 2 * node + 1 : -1)),
    right: index.map(node => (inner(node) ? 2 * node + 2 : -1)),
    missingLeft: index.map(node => node % 2 === 0),
    value: index.map(node => (inner(node) ? 0 : (node % 7) - 3)),
    cover: index.map(node => 2 ** (40 - Math.floor(Math.log2(node + 1)))),
  }
}

/** One split after the other, every right child a leaf. */
function chain(splits: number, features: number): TreeData {
  const nodes = 2 * splits + 1
  const index = Array.from({ length: nodes }, (_, node) => node)
  const inner = (node: number) => node % 2 === 0 && node < nodes - 1
  return {
    feature: index.map(node => (inner(node) ? (node / 2) % features : -1)),
    threshold: index.map(node => -node),
    left: index.map(node => (inner(node) ? node + 2 : -1)),
    right: index.map(node => (inner(node) ? node + 1 : -1)),
    missingLeft: index.map(() => false),
    value: index.map(node => (inner(node) ? 0 : 1)),
    cover: index.map(node => nodes - node),
  }
}

test('a million nodes are explained in time', () => {
  const ensemble = packTrees({ features: 10, offset: 0, trees: [wideTree(500_000, 10)] })
  const started = performance.now()
  const shap = treeShap(ensemble)
  const values = Float64Array.from({ length: 10 }, (_, i) => i / 5 - 1)
  const phi = shap.explain(values)
  expect(performance.now() - started).toBeLessThan(20_000)
  expect(phi.reduce((sum, value) => sum + value, shap.base)).toBeCloseTo(
    rawTreeScores(ensemble, values, 1)[0] ?? Number.NaN,
    6,
  )
})

test('a model that would take hours is refused before it is begun', () => {
  const started = performance.now()
  const endless = packTrees({ features: 5000, offset: 0, trees: [chain(500_000, 5000)] })
  expect(() => treeShap(endless)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
  const wide = packTrees({ features: 10, offset: 0, trees: [wideTree(500_000, 10)] })
  const background = new Float64Array(1000)
  expect(() => interventionalShap(wide, background, 100)).toThrow(
    expect.objectContaining({ code: 'TOO_LARGE' }),
  )
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('trees without cover counts are measured against a background', async () => {
  const bare = { ...stump, cover: [0, 0, 0] }
  const ensemble = packTrees({ features: 1, offset: 0, trees: [bare] })
  expect(() => treeExplainer(ensemble)).toThrow(expect.objectContaining({ code: 'MISSING_COVER' }))
  const background = sampleBackground(['x'], { at: row => row, rows: 2, label: 'b' })
  const explainer = treeExplainer(ensemble, background)
  expect(explainer).toMatchObject({ variant: 'interventional', background: background.hash })
  expect(explainer.explain(Float64Array.of(1))).toMatchObject({
    baseline: 1.5,
    contributions: Float64Array.of(0.5),
  })
  const other = sampleBackground(['x', 'y'], { at: row => row, rows: 1, label: 'b' })
  expect(() => treeExplainer(ensemble, other)).toThrow(
    expect.objectContaining({ code: 'SIGNATURE_MISMATCH' }),
  )
})
