import { bucketOf, type KeyType, keyText } from '../../kernel/assignment.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { SegmentThresholds } from '../front/segment-thresholds.ts'
import type { Scorer } from '../ports.ts'
import { readBadNumber } from './checked-columns.ts'
import type { BatchAssignment, BatchRows, QuarantinedRow } from './model.ts'

export interface BatchScoring {
  readonly scorer: Pick<Scorer, 'score'>
  /** Undefined: nothing acts. */
  readonly thresholds: SegmentThresholds | undefined
  /** Whether thresholds differ by segment: only then rows are looked at one by one for theirs. */
  readonly bySegment: boolean
  readonly assignment: BatchAssignment | null
  /** Request fields in order: names of what is wrong. */
  readonly fields: readonly string[]
}

/** What became of some rows; row i of everything is row i of them. */
export interface BatchDecisions {
  /** Bits of the scorer; NaN where a row is put aside. */
  readonly scores: Float64Array
  /** Place of the segment in the release's list; −1: none. */
  readonly segments: Int32Array
  /** 1 where the release acts; null: it acts on nothing. */
  readonly acted: Uint8Array | null
  /** −1: the row has no unit. Null: nothing is drawn. */
  readonly buckets: Int32Array | null
  readonly quarantined: readonly QuarantinedRow[]
  /** The vectors that were scored, row-major. */
  readonly vectors: Float64Array
}

/**
 * Scores rows by columns, all in one batch: the scorer, thresholds and bucket function of the data plane, so that every row gets the
 * bits that it gets online. A row that the scorer fails on is put aside alone.
 */
export async function decideRows(rows: BatchRows, scoring: BatchScoring): Promise<BatchDecisions> {
  const { count, columns } = rows
  const vectors = rowMajor(columns, count)
  const scores = count === 0 ? new Float64Array(0) : await scoreAll(scoring.scorer, vectors, count)
  const quarantined: QuarantinedRow[] = []
  for (let row = 0; row < count; row++) {
    const bad = rows.bad[row] as number
    if (bad !== 0) {
      const { field, code } = readBadNumber(bad)
      quarantined.push({ row, code, column: scoring.fields[field] ?? null })
      scores[row] = Number.NaN
    } else if (!Number.isFinite(scores[row])) {
      quarantined.push({ row, code: 'SCORER_FAILED', column: null })
      scores[row] = Number.NaN
    }
  }
  return {
    scores,
    quarantined,
    vectors,
    ...actions({ rows, scoring, vectors, scores }),
    buckets: buckets(rows, scoring.assignment),
  }
}

/** Column by column in blocks of rows that stay in the cache. */
function rowMajor(columns: readonly Float64Array[], count: number): Float64Array {
  const width = columns.length
  const out = new Float64Array(count * width)
  const block = 256
  for (let from = 0; from < count; from += block) {
    const to = Math.min(count, from + block)
    for (let at = 0; at < width; at++) {
      const column = columns[at] as Float64Array
      for (let row = from; row < to; row++) out[row * width + at] = column[row] as number
    }
  }
  return out
}

/** NaN for the rows of a failed batch that fail alone, too. */
async function scoreAll(
  scorer: Pick<Scorer, 'score'>,
  vectors: Float64Array,
  count: number,
): Promise<Float64Array> {
  try {
    return await scorer.score(vectors, count)
  } catch {
    const width = vectors.length / count
    const scores = new Float64Array(count)
    for (let row = 0; row < count; row++)
      scores[row] = await scoreAlone(scorer, vectors.subarray(row * width, (row + 1) * width))
    return scores
  }
}

async function scoreAlone(scorer: Pick<Scorer, 'score'>, vector: Float64Array): Promise<number> {
  try {
    return (await scorer.score(vector, 1))[0] ?? Number.NaN
  } catch {
    return Number.NaN
  }
}

/** Days are numbers in memory, and hashed as YYYY-MM-DD. */
function writtenDay(value: Value | undefined, type: KeyType): Value | undefined {
  return type === 'date' && typeof value === 'number'
    ? new Date(value * 86_400_000).toISOString().slice(0, 10)
    : value
}

interface Scored {
  readonly rows: BatchRows
  readonly scoring: BatchScoring
  readonly vectors: Float64Array
  readonly scores: Float64Array
}

function actions({
  rows,
  scoring: { thresholds, bySegment },
  vectors,
  scores,
}: Scored): Pick<BatchDecisions, 'segments' | 'acted'> {
  const segments = new Int32Array(rows.count).fill(-1)
  if (thresholds === undefined) return { segments, acted: null }
  const acted = new Uint8Array(rows.count)
  const width = rows.columns.length
  for (let row = 0; row < rows.count; row++) {
    const score = scores[row] as number
    if (Number.isNaN(score)) continue
    if (bySegment)
      segments[row] = thresholds.segmentAt(rows.entity(row), vectors.subarray(row * width, (row + 1) * width))
    acted[row] = Number(score > thresholds.thresholdAt(segments[row] as number))
  }
  return { segments, acted }
}

function buckets(rows: BatchRows, assignment: BatchAssignment | null): Int32Array | null {
  if (assignment === null) return null
  const { salt, unit } = assignment
  return Int32Array.from({ length: rows.count }, (_, row) => {
    const entity = rows.bad[row] === 0 ? rows.entity(row) : {}
    if (unit.some(({ name }) => (entity[name] ?? null) === null)) return -1
    return bucketOf(salt, ...unit.map(({ name, type }) => keyText(writtenDay(entity[name], type), type)))
  })
}
