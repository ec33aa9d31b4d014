import type { CodedColumn } from '../../evaluation/index.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { Release } from '../../registry/index.ts'
import {
  type DecisionReader,
  type DecisionRecord,
  decideRows,
  type Scorer,
  segmentThresholds,
} from '../../serving/index.ts'

/** What was answered, and what another release says of the same vectors. */
export interface ScoredAgain {
  readonly answered: { readonly scores: Float64Array; readonly actions: Uint8Array }
  readonly again: { readonly scores: Float64Array; readonly actions: Uint8Array }
  readonly times: Float64Array
  /** Request fields by name. */
  readonly columns: Readonly<Record<string, Float64Array | CodedColumn>>
  /** Decisions that are left out: by another release's fallback, of other columns, or that the scorer failed on. */
  readonly left: number
}

export interface LoggedWork {
  readonly reader: Pick<DecisionReader, 'scan'>
  readonly release: Release
  readonly scorer: Pick<Scorer, 'score'>
  readonly since: Micros
  /** Most decisions that are held. */
  readonly most: number
  onRows(rows: number): void
  readonly signal: AbortSignal
}

const page = 4_096

/** Scores the vectors of logged answers as they were served: nothing is looked up, nothing is joined. */
export async function scoreLogged(work: LoggedWork): Promise<ScoredAgain> {
  const { reader, release, since, most, signal } = work
  const table = growing(release.features.request.map(({ name }) => name))
  const names = release.features.vector.map(({ name }) => name).join('\n')
  let cursor: string | null = null
  let left = 0
  for (;;) {
    signal.throwIfAborted()
    const found = await reader.scan({
      ...{ deployment: release.deployment, kinds: ['online'], since, cursor },
      limit: page,
    })
    const fit = found.records.filter(
      ({ servedBy, release: { vector } }) => servedBy === 'model' && vector.join('\n') === names,
    )
    left += found.records.length - fit.length + (await addScored(work, fit, table))
    work.onRows(table.size())
    cursor = found.cursor
    if (found.done || table.size() >= most) return { ...table.whole(), left }
  }
}

/** How many were left out. */
async function addScored(
  { release, scorer }: LoggedWork,
  records: readonly DecisionRecord[],
  table: ReturnType<typeof growing>,
): Promise<number> {
  const columns = release.features.vector.map((_, at) =>
    Float64Array.from(records, ({ vector }) => vector[at] ?? Number.NaN),
  )
  const decided = await decideRows(
    {
      ...{ count: records.length, columns, bad: new Int32Array(records.length) },
      entity: row => records[row]?.entity ?? {},
    },
    {
      ...{ scorer, thresholds: segmentThresholds(release), assignment: null },
      bySegment: release.thresholdSet?.rule.per !== undefined,
      fields: [],
    },
  )
  records.forEach((record, row) => {
    const score = decided.scores[row] as number
    if (!Number.isNaN(score)) table.add(record, { score, acts: decided.acted?.[row] === 1 })
  })
  return decided.quarantined.length
}

/** Columns that grow row by row; texts are coded as they come. */
function growing(names: readonly string[]) {
  const rows: { was: number[]; acted: number[]; is: number[]; acts: number[]; at: number[] } = {
    ...{ was: [], acted: [], is: [], acts: [], at: [] },
  }
  const values = names.map(() => ({
    texts: new Map<string, number>(),
    codes: [] as number[],
    numbers: [] as number[],
  }))
  return {
    size: () => rows.was.length,
    add(record: DecisionRecord, { score, acts }: { readonly score: number; readonly acts: boolean }): void {
      rows.was.push(record.score)
      rows.acted.push(Number(record.action !== null))
      rows.is.push(score)
      rows.acts.push(Number(acts))
      rows.at.push(Number(record.decidedAt))
      names.forEach((name, index) => {
        const column = values[index]
        const value = record.entity[name] ?? null
        if (typeof value === 'string' && column && !column.texts.has(value))
          column.texts.set(value, column.texts.size)
        column?.codes.push(typeof value === 'string' ? (column.texts.get(value) ?? -1) : -1)
        column?.numbers.push(numberOf(value))
      })
    },
    whole: () => ({
      answered: { scores: Float64Array.from(rows.was), actions: Uint8Array.from(rows.acted) },
      again: { scores: Float64Array.from(rows.is), actions: Uint8Array.from(rows.acts) },
      times: Float64Array.from(rows.at),
      columns: Object.fromEntries(
        names.map((name, index) => {
          const { texts, codes, numbers } = values[index] ?? { texts: new Map(), codes: [], numbers: [] }
          return [
            name,
            texts.size > 0
              ? { codes: Int32Array.from(codes), dictionary: [...texts.keys()] }
              : Float64Array.from(numbers),
          ]
        }),
      ),
    }),
  }
}

function numberOf(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'boolean' ? Number(value) : Number.NaN
}

/** From when to when, in words. */
export function spanOf(times: Float64Array): string {
  const first = times.reduce((a, b) => Math.min(a, b), Infinity)
  const last = times.reduce((a, b) => Math.max(a, b), -Infinity)
  return times.length === 0 ? 'never' : `${day(first)} to ${day(last)}`
}

const day = (micros: number): string => formatTimestamp(BigInt(micros)).slice(0, 10)
