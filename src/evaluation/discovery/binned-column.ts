import { pickRows } from '../metrics/cell-rows.ts'
import type { JudgedRows } from '../rows.ts'
import { codedColumn, missingValue } from '../slices/partition.ts'
import type { DrawnHalves } from './draw-halves.ts'

/** A column as few cells: each drawn row's cell, −1 for none. */
export interface BinnedColumn {
  readonly column: string
  readonly codes: Int32Array
  /** `origin=ORD`, `distance 500 … 900`. */
  readonly labels: readonly string[]
}

const quantileBins = 5
const largestValues = 20

/** Numbers by fifths of the first half, texts by their 20 largest values there; missing values are a cell. */
export function binColumn(rows: JudgedRows, name: string, drawn: DrawnHalves): BinnedColumn {
  const column = rows.columns[name]
  return column instanceof Float64Array ? binNumbers(name, column, drawn) : binTexts(rows, name, drawn)
}

/** Only of drawn rows: the others are never looked at. */
function binDrawn(rows: number, drawn: DrawnHalves, binOf: (row: number) => number): Int32Array {
  const codes = new Int32Array(rows).fill(-1)
  for (const half of [drawn.first, drawn.second])
    for (let at = 0; at < half.length; at++) codes[half[at] as number] = binOf(half[at] as number)
  return codes
}

function binNumbers(name: string, values: Float64Array, drawn: DrawnHalves): BinnedColumn {
  const known = pickRows(values, drawn.first, new Float64Array(drawn.first.length))
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
  const codes = binDrawn(values.length, drawn, row => {
    const value = values[row] as number
    if (Number.isNaN(value)) return labels.length - 1
    let bin = 0
    while (bin < edges.length && value >= (edges[bin] as number)) bin++
    return bin
  })
  return { column: name, codes, labels }
}

function binTexts(rows: JudgedRows, name: string, drawn: DrawnHalves): BinnedColumn {
  const { codes, dictionary } = codedColumn(rows, name)
  const counts = new Int32Array(dictionary.length)
  for (const row of drawn.first) {
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
    codes: binDrawn(rows.rows, drawn, row => {
      const code = codes[row] as number
      return code < 0 ? kept.length : (cellOf[code] as number)
    }),
    labels: [...kept.map(code => `${name}=${dictionary[code]}`), `${name}=${missingValue}`],
  }
}
