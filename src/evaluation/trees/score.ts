import type { TreeEnsemble } from './model.ts'

/** offset + Σ leaf values, summed in tree order in doubles, for every row of a row-major matrix. */
export function rawTreeScores(ensemble: TreeEnsemble, values: Float64Array, rows: number): Float64Array {
  const { roots, feature, threshold, left, right, missingLeft, strict, value, features } = ensemble
  const sums = new Float64Array(rows).fill(ensemble.offset)
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree] as number
    for (let row = 0, start = 0; row < rows; row++, start += features) {
      let node = root
      let child = left[node] as number
      while (child >= 0) {
        const x = values[start + (feature[node] as number)] as number
        const limit = threshold[node] as number
        const goesLeft =
          x < limit || (x === limit && strict[node] === 0) || (Number.isNaN(x) && missingLeft[node] === 1)
        node = goesLeft ? child : (right[node] as number)
        child = left[node] as number
      }
      sums[row] = (sums[row] as number) + (value[node] as number)
    }
  }
  return sums
}
