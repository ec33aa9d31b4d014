import type { CodedColumn, JudgedRows, ModelOutputs, Task } from '../../evaluation/index.ts'
import { sha256Hex } from '../../kernel/canonical.ts'
import { growingBytes, growingDoubles, growingIntegers } from './growing.ts'
import { keyCodes, keyHash } from './key-codes.ts'
import type { TrafficRow } from './model.ts'
import { type ValueColumn, valueColumn } from './value-column.ts'

/** What one model said of a row. */
export interface Said {
  readonly score: number
  readonly acted: boolean | null
}

/** A row that is kept: what answered it, and what else is known of it. */
export interface KeptRow {
  /** Prediction id of the answer: labels join by it. */
  readonly id: string
  /** µs since the epoch. */
  readonly at: number
  /** What repeats: the declared entity, else the unit of assignment, else itself. */
  readonly entity: string
  /** 1: the challenger's release answered. */
  readonly arm: 0 | 1
  /** Of a row that only one of them scored, what that one said, on both sides. */
  readonly champion: Said
  readonly challenger: Said
  readonly fields: TrafficRow['fields']
}

/** The columns as evaluations take them; valid until a row is added. */
export interface TableView {
  readonly rows: JudgedRows
  readonly champion: ModelOutputs
  readonly challenger: ModelOutputs
  readonly arms: Uint8Array
}

export interface RowTable {
  /** Rows that came, and those that are kept: fewer beyond the limit. */
  readonly total: number
  readonly length: number
  readonly times: Float64Array
  /** False where it is known already. */
  add(row: KeptRow): boolean
  /** Row of a prediction; −1: none, or no longer kept. */
  rowOf(predictionId: string): number
  /** Whether who answered acted, by row. */
  acted(): Uint8Array
  view(labels: Float64Array, unlabelled: Uint8Array): TableView
  /** Columns of which no row had a value. */
  emptyColumns(): readonly string[]
}

export interface TableTerms {
  readonly task: Task
  readonly columns: readonly string[]
  /** Columns that hold numbers, whatever came so far. */
  readonly numeric: ReadonlySet<string>
  /** Rows that are kept at most. */
  readonly limit: number
}

/** Neither acted nor did not: nothing acts. */
const unsaid = 2

/**
 * Rows as growing columns. Beyond the limit it keeps the rows of half of the entities, then of a quarter, …: whole entities,
 * by a hash of their key, so that what is kept depends on the rows and their order alone, not on when they were read.
 */
export function rowTable({ task, columns: names, numeric, limit }: TableTerms): RowTable {
  const [ids, entities] = [keyCodes(), keyCodes()]
  const [times, seeds, entity, arms] = [growingDoubles(), growingDoubles(), growingIntegers(), growingBytes()]
  const [champion, challenger] = [side(), side()]
  const columns = names.map(name => ({ name, column: valueColumn() }))
  const kept = [
    ...[ids, times, seeds, entity, arms],
    ...[champion.scores, champion.acts, challenger.scores, challenger.acts],
    ...columns.map(({ column }) => column),
  ]
  /** Nothing is told by the texts of entities: only their number is looked at. */
  const dictionary: string[] = []
  let [total, level] = [0, 0]

  const add = (row: KeptRow): boolean => {
    if (ids.find(row.id) >= 0) return false
    total++
    const seed = keyHash(row.entity).high
    if (!isKept(seed, level)) return true
    ids.code(row.id)
    times.push(row.at)
    seeds.push(seed)
    const code = entities.code(row.entity)
    if (code === dictionary.length) dictionary.push('')
    entity.push(code)
    arms.push(row.arm)
    push(champion, row.champion)
    push(challenger, row.challenger)
    for (const { name, column } of columns) column.push(row.fields[name])
    while (times.length > limit && level < 32) {
      level++
      const mask = Uint8Array.from(seeds.values(), each => Number(isKept(each, level)))
      for (const each of kept) each.keep(mask)
    }
    return true
  }
  return {
    get total() {
      return total
    },
    get length() {
      return times.length
    },
    get times() {
      return times.values()
    },
    add,
    rowOf: predictionId => ids.find(predictionId),
    acted() {
      const [old, own] = [champion.acts.values(), challenger.acts.values()]
      return arms.values().map((arm, row) => Number((arm === 1 ? own[row] : old[row]) === 1))
    },
    view: (labels, unlabelled) => ({
      rows: {
        task,
        rows: times.length,
        hash: rowsHash(times.values(), labels),
        labels,
        unlabelled,
        times: times.values(),
        entities: { codes: entity.values(), dictionary },
        columns: Object.fromEntries(
          columns.map(({ name, column }) => [name, typed(column, numeric.has(name))]),
        ),
      },
      champion: outputs(champion),
      challenger: outputs(challenger),
      arms: arms.values(),
    }),
    emptyColumns: () => columns.flatMap(({ name, column }) => (column.empty ? [name] : [])),
  }
}

/** A level keeps the entities whose hash starts with so many zeros. */
function isKept(seed: number, level: number): boolean {
  return level === 0 || (level < 32 && seed >>> (32 - level) === 0)
}

function side() {
  return { scores: growingDoubles(), acts: growingBytes() }
}

function push({ scores, acts }: ReturnType<typeof side>, { score, acted }: Said): void {
  scores.push(score)
  acts.push(acted === null ? unsaid : Number(acted))
}

function outputs({ scores, acts }: ReturnType<typeof side>): ModelOutputs {
  const actions = acts.values()
  return { scores: scores.values(), ...(actions.includes(unsaid) ? {} : { actions }) }
}

/** A column without values is taken for what it is compared with. */
function typed(column: ValueColumn, isNumeric: boolean): Float64Array | CodedColumn {
  const values = column.values()
  if (!column.empty || isNumeric || !(values instanceof Float64Array)) return values
  return { codes: new Int32Array(values.length).fill(-1), dictionary: [] }
}

/** Identity of rows and labels: seeds every draw, so that a look at the same rows draws the same. */
function rowsHash(times: Float64Array, labels: Float64Array): string {
  const bytes = (array: Float64Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)
  return sha256Hex(Buffer.concat([bytes(times), bytes(labels)]))
}
