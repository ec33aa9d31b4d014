import type { SliceData } from '../../definitions/index.ts'
import {
  type CodedColumn,
  evaluateRows,
  type JudgedRows,
  type Measurement,
  type ModelOutputs,
  type SliceReport,
  sliceColumns,
} from '../../evaluation/index.ts'
import { contentHash } from '../../kernel/canonical.ts'
import { isDefined, type MaturityCurve, type Quantity, ratio } from '../../kernel/statistics/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { DecisionRecord } from '../../serving/index.ts'

/** Labels of a cohort count once this share of them is known. */
const maturedFrom = 0.9

/** How one release did in one arm, by labels that came back. */
export interface RealisedGroup {
  readonly release: number
  readonly digest: string
  /** Of the arm; `shadow` and `reverse-shadow` scored what another release answered. */
  readonly arm: string
  readonly decisions: number
  /** Old enough that nine in ten of their labels are known. */
  readonly matured: number
  /** Matured with a label: what the metrics are of. */
  readonly labelled: number
  /** labelled / matured. */
  readonly coverage: Quantity
  readonly first: Micros
  readonly last: Micros
  readonly all: Measurement
  readonly slices: readonly SliceReport[]
}

export interface RealisedTerms {
  readonly slices: readonly SliceData[]
  /** Column of the unit that repeats. */
  readonly entity?: string | undefined
}

/** Collects decisions and measures them when all have been seen. */
export interface Realising {
  see(record: DecisionRecord): void
  groups(): RealisedGroup[]
  /** Slices cut by a column that decisions do not have. */
  readonly leftOut: () => readonly string[]
}

interface Rows {
  readonly release: number
  readonly digest: string
  readonly arm: string
  readonly ids: string[]
  readonly scores: number[]
  readonly acted: number[]
  readonly labels: number[]
  readonly unlabelled: number[]
  readonly times: number[]
  readonly columns: Readonly<Record<string, Value[]>>
  actsOnNothing: boolean
}

/**
 * Realised metrics by release and arm, as known at a time: on decisions that are old enough for their labels, by the curve of
 * delays; younger ones count as not matured, even those whose label is there already, since early labels are not like late ones.
 */
export function realise(
  terms: RealisedTerms,
  labels: ReadonlyMap<string, number>,
  { curve, asKnownAt }: { readonly curve: MaturityCurve; readonly asKnownAt: Micros },
): Realising {
  const wanted = new Set([
    ...terms.slices.flatMap(({ of }) => sliceColumns(of)),
    ...(terms.entity === undefined ? [] : [terms.entity]),
  ])
  wanted.delete('month')
  const groups = new Map<string, Rows>()
  const missing = new Set<string>()

  function groupOf(record: DecisionRecord): Rows {
    const arm = record.kind === 'online' ? record.arm : record.kind
    const key = `${record.release.release} ${record.release.digest} ${arm}`
    const found = groups.get(key)
    if (found) return found
    for (const name of wanted) if (!hasColumn(record, name)) missing.add(name)
    const { release, digest } = record.release
    const columns = Object.fromEntries([...wanted].map(name => [name, []]))
    const lists = { ids: [], scores: [], acted: [], labels: [], unlabelled: [], times: [] }
    const made: Rows = { release, digest, arm, ...lists, columns, actsOnNothing: record.acted === null }
    groups.set(key, made)
    return made
  }

  return {
    see(record) {
      if (!answered.has(record.kind)) return
      const rows = groupOf(record)
      const { row, shadowOf, predictionId } = record
      const matured = curve(Number(asKnownAt - record.decidedAt))
      const isOld = isDefined(matured) && matured >= maturedFrom
      const label = labels.get(shadowOf === null ? predictionId : `${shadowOf}-${row}`)
      rows.ids.push(predictionId)
      rows.scores.push(record.score)
      rows.acted.push(record.acted === true ? 1 : 0)
      rows.labels.push(isOld && label !== undefined ? label : Number.NaN)
      rows.unlabelled.push(!isOld ? 1 : label === undefined ? 2 : 0)
      rows.times.push(Number(record.asOf))
      for (const [name, values] of Object.entries(rows.columns)) values.push(columnValue(record, name))
    },
    groups: () =>
      [...groups.values()]
        .map(rows => measured(rows, terms, missing))
        .sort((a, b) => b.release - a.release || (a.arm < b.arm ? -1 : 1)),
    leftOut: () => terms.slices.filter(slice => isCutBy(slice, missing)).map(({ name }) => name),
  }
}

/** Demo, exercises and batch jobs are populations of their own. */
const answered: ReadonlySet<string> = new Set(['online', 'shadow', 'reverse-shadow'])

function hasColumn({ entity, release }: DecisionRecord, name: string): boolean {
  return name in entity || release.vector.includes(name)
}

function columnValue({ entity, release, vector }: DecisionRecord, name: string): Value {
  const sent = entity[name]
  if (sent !== undefined) return sent
  const value = vector[release.vector.indexOf(name)]
  return value === undefined || Number.isNaN(value) ? null : value
}

function isCutBy({ of }: SliceData, columns: ReadonlySet<string>): boolean {
  return sliceColumns(of).some(name => columns.has(name))
}

function measured(rows: Rows, terms: RealisedTerms, missing: ReadonlySet<string>): RealisedGroup {
  const columns = Object.fromEntries(
    Object.entries(rows.columns).map(([name, values]) => [name, columnOf(values)]),
  )
  const entities =
    terms.entity === undefined || missing.has(terms.entity) ? undefined : rows.columns[terms.entity]
  const judged: JudgedRows = {
    task: 'binary',
    rows: rows.ids.length,
    hash: contentHash([rows.digest, rows.arm, rows.ids]),
    labels: Float64Array.from(rows.labels),
    unlabelled: Uint8Array.from(rows.unlabelled),
    times: Float64Array.from(rows.times),
    ...(entities === undefined ? {} : { entities: coded(entities) }),
    columns,
  }
  const outputs: ModelOutputs = {
    scores: Float64Array.from(rows.scores),
    ...(rows.actsOnNothing ? {} : { actions: Uint8Array.from(rows.acted) }),
  }
  const slices = terms.slices.filter(slice => !isCutBy(slice, missing))
  const report = evaluateRows(judged, outputs, { slices, search: [] })
  const young = rows.unlabelled.filter(why => why === 1).length
  const labelled = rows.unlabelled.filter(why => why === 0).length
  const matured = rows.ids.length - young
  const { release, digest, arm, times } = rows
  return {
    ...{ release, digest, arm, matured, labelled, decisions: rows.ids.length },
    coverage: ratio(labelled, matured, 'no-rows'),
    first: BigInt(times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)),
    last: BigInt(times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY)),
    all: report.all,
    slices: report.slices,
  }
}

function columnOf(values: readonly Value[]): Float64Array | CodedColumn {
  const isNumeric = values.every(value => value === null || typeof value === 'number')
  return isNumeric
    ? Float64Array.from(values, value => (value === null ? Number.NaN : Number(value)))
    : coded(values)
}

function coded(values: readonly Value[]): CodedColumn {
  const dictionary: string[] = []
  const known = new Map<string, number>()
  const codes = Int32Array.from(values, value => {
    if (value === null) return -1
    const text = String(value)
    const code = known.get(text) ?? dictionary.push(text) - 1
    known.set(text, code)
    return code
  })
  return { codes, dictionary }
}

/** The age from which on nine in ten labels are known, µs; null before any label of an old enough decision is. */
export function maturityAge(delays: Float64Array): number | null {
  const sorted = Float64Array.from(delays).sort()
  return sorted[Math.ceil(maturedFrom * sorted.length) - 1] ?? null
}
