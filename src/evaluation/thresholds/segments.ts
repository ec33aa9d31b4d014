import type { ThresholdRuleData } from '../../definitions/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { SegmentNode } from '../../kernel/statistics/index.ts'
import type { JudgedRows } from '../rows.ts'
import { type CodedColumn, codeNumbers } from '../slices/coded-column.ts'

/** Which segment every row belongs to. */
export interface Segments {
  readonly names: readonly string[]
  /** Per row an index into `names`; −1: no value, so no segment. */
  readonly codes: Int32Array
}

/** The column of the rows that a rule names. Throws COLUMN_MISSING. */
export function codedColumn({ columns }: Pick<JudgedRows, 'columns'>, column: string): CodedColumn {
  const found = Object.hasOwn(columns, column) ? columns[column] : undefined
  if (found === undefined)
    throw new FettleError(
      'COLUMN_MISSING',
      `the rows have no column "${column}", which thresholds are set by`,
      {
        hint: 'Keep it in the training set (`columns` or `request`), or name another in `per` and `within`.',
        details: { column, columns: Object.keys(columns) },
      },
    )
  return found instanceof Float64Array ? codeNumbers(found) : found
}

/** Segments of the rule's column; without one, every row is in the only segment. */
export function segmentsOf(rows: JudgedRows, rule: Pick<ThresholdRuleData, 'per'>): Segments {
  if (rule.per === undefined) return { names: ['all'], codes: new Int32Array(rows.rows) }
  const { codes, dictionary } = codedColumn(rows, rule.per)
  return { names: dictionary, codes }
}

/** Root of every tree of segments. */
export const rootNode = 'all'

/**
 * The tree in which the present segments inherit. A segment is below the value of the coarser column that most of its
 * rows have (of equals the first by text), so that a few odd rows move nothing; without any value, below the root.
 */
export function segmentTree(
  rows: JudgedRows,
  { names, codes }: Segments,
  { within, present }: { readonly within: readonly string[]; readonly present: readonly number[] },
): SegmentNode[] {
  const parents = new Map<string, string>()
  let children = present.map(code => ({ name: leafNode(code), code }))
  let current: Segments = { names, codes }
  for (const column of within) {
    const coarser = codedColumn(rows, column)
    const ofChild = mostFrequent(current, coarser)
    const next = new Map<number, { name: string; code: number }>()
    for (const { name, code } of children) {
      const parent = ofChild[code] ?? -1
      if (parent < 0) continue
      const node = { name: `${column}=${coarser.dictionary[parent] ?? ''}`, code: parent }
      parents.set(name, node.name)
      next.set(parent, node)
    }
    children = [...next.values()]
    current = { names: coarser.dictionary, codes: coarser.codes }
  }
  const leaves = present.map(leafNode)
  const inner = [...new Set(parents.values())]
  return [
    { name: rootNode, parent: null, leaf: false },
    ...inner.map(name => ({ name, parent: parents.get(name) ?? rootNode, leaf: false })),
    ...leaves.map(name => ({ name, parent: parents.get(name) ?? rootNode, leaf: true })),
  ]
}

/** Leaves are known by their number: a value may be called like a node. */
export function leafNode(code: number): string {
  return `#${code}`
}
export function leafCode(name: string): number {
  return Number(name.slice(1))
}

/** Per value of the finer column, the code of the coarser one that most of its rows have; −1: none has any. */
function mostFrequent(finer: Segments, coarser: CodedColumn): Int32Array {
  const width = coarser.dictionary.length
  const counts = new Map<number, number>()
  for (let row = 0; row < finer.codes.length; row++) {
    const code = finer.codes[row] ?? -1
    const parent = coarser.codes[row] ?? -1
    if (code < 0 || parent < 0) continue
    const pair = code * width + parent
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  }
  const best = new Int32Array(finer.names.length).fill(-1)
  const most = new Float64Array(finer.names.length)
  const textOf = (code: number) => coarser.dictionary[code] ?? ''
  for (const [pair, count] of counts) {
    const code = Math.floor(pair / width)
    const parent = pair % width
    const known = most[code] ?? 0
    const rival = textOf(best[code] ?? -1)
    if (count < known || (count === known && rival <= textOf(parent))) continue
    best[code] = parent
    most[code] = count
  }
  return best
}
