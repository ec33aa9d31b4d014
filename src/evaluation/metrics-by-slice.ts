import { measurementOf } from './measure.ts'
import type { SliceMeasurement, SliceReport } from './report.ts'

/** One text value per row as an index into `dictionary`; −1 is missing. */
export interface CodedColumn {
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

export interface SliceRequest {
  readonly column: string
  readonly values: CodedColumn
  /** `time` for months, which are shown in their order. */
  readonly order: 'time' | 'rows'
  /** Values with fewer rows than the `limit` largest become `(other)`. */
  readonly limit: number
}

const otherSlice = '(other)'
const missingSlice = '(missing)'

/** Measures every value of a slice column on its own. */
export function metricsBySlice(
  rows: { labels: Uint8Array; scores: Float64Array },
  request: SliceRequest,
): SliceReport {
  const { codes, dictionary } = request.values
  const counts = countCodes(codes, dictionary.length)
  const groups = chooseGroups(counts, request)
  const members = gather(codes, groups)
  const values = groups.names.map((value, group): SliceMeasurement => {
    const index = members[group] ?? new Int32Array(0)
    const labels = new Uint8Array(index.length)
    const scores = new Float64Array(index.length)
    index.forEach((row, position) => {
      labels[position] = rows.labels[row] ?? 0
      scores[position] = rows.scores[row] ?? 0
    })
    return { value, ...measurementOf({ labels, scores }) }
  })
  return { column: request.column, values, distinct: counts.filter(count => count > 0).length }
}

function countCodes(codes: Int32Array, values: number): number[] {
  const counts = new Array<number>(values).fill(0)
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

interface Groups {
  readonly names: readonly string[]
  /** Group of each code; the last entry is that of missing values. */
  readonly ofCode: Int32Array
}

/** The largest values keep their name; ties by text, so that the choice repeats. */
function chooseGroups(counts: readonly number[], { values, order, limit }: SliceRequest): Groups {
  const text = (code: number) => values.dictionary[code] ?? ''
  const byText = (a: number, b: number) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0)
  const present = counts.map((_, code) => code).filter(code => (counts[code] ?? 0) > 0)
  present.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || byText(a, b))
  const kept = present.slice(0, limit)
  if (order === 'time') kept.sort(byText)
  const names = kept.map(text)
  const ofCode = new Int32Array(counts.length + 1).fill(-1)
  kept.forEach((code, group) => {
    ofCode[code] = group
  })
  const rest = present.slice(limit)
  if (rest.length > 0) names.push(otherSlice)
  for (const code of rest) ofCode[code] = names.length - 1
  if (values.codes.some(code => code < 0)) {
    names.push(missingSlice)
    ofCode[counts.length] = names.length - 1
  }
  return { names, ofCode }
}

function gather(codes: Int32Array, { names, ofCode }: Groups): Int32Array[] {
  const group = (code: number) => ofCode[code < 0 ? ofCode.length - 1 : code] ?? -1
  const sizes = new Int32Array(names.length)
  for (const code of codes) sizes[group(code)] = (sizes[group(code)] ?? 0) + 1
  const members = Array.from(sizes, size => new Int32Array(size))
  const next = new Int32Array(names.length)
  codes.forEach((code, row) => {
    const own = group(code)
    const list = members[own]
    if (list) list[next[own] ?? 0] = row
    next[own] = (next[own] ?? 0) + 1
  })
  return members
}

/** UTC months `2001-04` of instants in microseconds since the epoch; NaN is missing. */
export function monthsOf(times: Float64Array): CodedColumn {
  const codes = new Int32Array(times.length)
  const dictionary: string[] = []
  const known = new Map<number, number>()
  times.forEach((time, row) => {
    if (Number.isNaN(time)) {
      codes[row] = -1
      return
    }
    const date = new Date(Math.floor(time / 1000))
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth()
    let code = known.get(month)
    if (code === undefined) {
      code = dictionary.push(date.toISOString().slice(0, 7)) - 1
      known.set(month, code)
    }
    codes[row] = code
  })
  return { codes, dictionary }
}
