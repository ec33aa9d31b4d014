import type { JudgedRows } from '../rows.ts'
import { codedColumn, missingValue } from '../slices/partition.ts'

/** A column as few cells: each row's cell, −1 for none. */
export interface BinnedColumn {
  readonly column: string
  readonly codes: Int32Array
  /** `origin=ORD`, `distance 500 … 900`. */
  readonly labels: readonly string[]
}

const quantileBins = 5
const largestValues = 20

/** Numbers by fifths of the given rows, texts by their 20 largest values; missing values are a cell. */
export function binColumn(rows: JudgedRows, name: string, chosenOn: Int32Array): BinnedColumn {
  const column = rows.columns[name]
  return column instanceof Float64Array ? binNumbers(name, column, chosenOn) : binTexts(rows, name, chosenOn)
}

function binNumbers(name: string, values: Float64Array, chosenOn: Int32Array): BinnedColumn {
  const known = Float64Array.from(chosenOn, row => values[row] ?? Number.NaN)
    .filter(value => !Number.isNaN(value))
    .sort()
  const cuts = Array.from({ length: quantileBins - 1 }, (_, cut) =>
    Number(known[Math.floor(((cut + 1) * known.length) / quantileBins)] ?? Number.NaN),
  )
  const edges = [...new Set(cuts)].filter(cut => cut > (known[0] ?? Number.NaN))
  const short = (value: number | undefined) => String(Number((value ?? 0).toPrecision(6)))
  const labels = Array.from({ length: edges.length + 1 }, (_, bin) => {
    if (edges.length === 0) return `${name} given`
    if (bin === 0) return `${name} < ${short(edges[0])}`
    if (bin === edges.length) return `${name} ≥ ${short(edges[bin - 1])}`
    return `${name} ${short(edges[bin - 1])} … ${short(edges[bin])}`
  })
  labels.push(`${name}=${missingValue}`)
  const codes = Int32Array.from(values, value =>
    Number.isNaN(value) ? labels.length - 1 : edges.reduce((bin, edge) => bin + (value >= edge ? 1 : 0), 0),
  )
  return { column: name, codes, labels }
}

function binTexts(rows: JudgedRows, name: string, chosenOn: Int32Array): BinnedColumn {
  const { codes, dictionary } = codedColumn(rows, name)
  const counts = new Int32Array(dictionary.length)
  for (const row of chosenOn) {
    const code = codes[row] ?? -1
    if (code >= 0) counts[code] = (counts[code] ?? 0) + 1
  }
  const kept = [...counts.keys()]
    .filter(code => (counts[code] ?? 0) > 0)
    .sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b)
    .slice(0, largestValues)
  const cellOf = new Int32Array(dictionary.length).fill(-1)
  kept.forEach((code, cell) => {
    cellOf[code] = cell
  })
  return {
    column: name,
    codes: codes.map(code => (code < 0 ? kept.length : (cellOf[code] ?? -1))),
    labels: [...kept.map(code => `${name}=${dictionary[code]}`), `${name}=${missingValue}`],
  }
}
