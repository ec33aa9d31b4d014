import { type Batch, id, text } from '../../features/index.ts'
import { type Field, runValues, type ValueType } from '../../kernel/values/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import {
  armReasons,
  arms,
  type DecisionRecord,
  decisionKinds,
  featureStates,
  latencyParts,
  type ReleaseNote,
  servedByNames,
} from '../model.ts'
import { fixedRun, plainRun, wholeRun } from './column-runs.ts'
import { plainFields, readOthers, type ValueKind } from './entity-values.ts'

/** A column for each of these: of a file, the union over its releases. */
export interface DecisionLayout {
  /** Fields of the request; `kind`: of the values its column holds, others stand in `other_fields`. */
  readonly fields: readonly {
    readonly name: string
    readonly role: 'key' | 'request'
    readonly kind: ValueKind
  }[]
  readonly vector: readonly string[]
  readonly lookups: readonly string[]
}

/** A decision with where it stands in the log and which note of its file it has. */
export interface PlacedDecision {
  readonly record: DecisionRecord
  readonly segment: number
  readonly note: number
  /** Of the first decision of a note in its file: the note. Says what the columns mean, years later too. */
  readonly noteText: string | null
}

interface Column extends Field {
  /** Numbers of every name where the column is one of names; they become text when the file is written. */
  readonly names?: readonly string[]
  of(placed: PlacedDecision): Value
}

const number = (name: string, of: (placed: PlacedDecision) => number | null): Column => ({
  name,
  type: 'int64',
  of,
})

const named = <Name extends string>(
  name: string,
  names: readonly Name[],
  of: (record: DecisionRecord) => Name,
): Column => ({ ...number(name, ({ record }) => names.indexOf(of(record))), names })

const column = (name: string, type: ValueType, of: (record: DecisionRecord) => Value): Column => ({
  name,
  type,
  of: ({ record }) => of(record),
})

/** What every decision has. */
const shared: readonly Column[] = [
  number('segment', placed => placed.segment),
  number('offset', ({ record }) => record.logged.offset),
  number('row', ({ record }) => record.row),
  number('note', placed => placed.note),
  { name: 'release_note', type: 'string', of: placed => placed.noteText },
  column('base', 'string', record => record.base),
  // Most requests have no id of their own.
  column('request_id', 'string', record => (record.requestId === record.base ? null : record.requestId)),
  column('received_at', 'timestamp', record => record.receivedAt),
  column('decided_at', 'timestamp', record => record.decidedAt),
  column('as_of', 'timestamp', record => record.asOf),
  named('kind', decisionKinds, record => record.kind),
  named('arm', arms, record => record.arm),
  named('arm_reason', armReasons, record => record.armReason),
  number('bucket', ({ record }) => record.bucket),
  column('salt', 'string', record => record.assignment?.salt ?? null),
  column('sticky', 'bool', record => record.assignment?.sticky ?? null),
  number('seq', ({ record }) => record.assignment?.seq ?? null),
  column('shadow_of', 'string', record => record.shadowOf),
  column('parent_id', 'string', record => record.parentId),
  column('job_id', 'string', record => record.jobId),
  column('caller', 'string', record => record.caller),
  column('score', 'float64', record => record.score),
  column('acted', 'bool', record => record.acted),
  column('action', 'string', record => record.action),
  column('threshold', 'float64', record => record.threshold),
  column('threshold_segment', 'string', record => record.segment),
  named('served_by', servedByNames, record => record.servedBy),
  column('degraded_reasons', 'string', ({ degradedReasons }) =>
    degradedReasons.length === 0 ? null : JSON.stringify(degradedReasons),
  ),
  number('retries', ({ record }) => record.retries),
  ...latencyParts.map(part => number(`latency_${part}`, ({ record }) => record.latency[part])),
]

const kindTypes: Readonly<Record<ValueKind, ValueType>> = {
  string: 'string',
  number: 'float64',
  bigint: 'int64',
  boolean: 'bool',
  bytes: 'bytes',
}

export const fieldColumn = ({ role, name }: DecisionLayout['fields'][number]): string =>
  `${role === 'key' ? 'key' : 'field'}.${name}`

/** Columns as they are handed to the engine: names as numbers. */
export function heldFields({ fields, vector, lookups }: DecisionLayout): readonly Field[] {
  const of = (name: string, type: ValueType): Field => ({ name, type })
  return [
    ...shared.map(({ name, type }) => of(name, type)),
    ...fields.map(field => of(fieldColumn(field), kindTypes[field.kind])),
    of('other_fields', 'string'),
    ...vector.map(name => of(`vector.${name}`, 'float64')),
    ...vector.map(name => of(`state.${name}`, 'int64')),
    ...lookups.map(name => of(`time.${name}`, 'timestamp')),
  ]
}

/** The select list that turns held columns into those of a file. */
export function fileColumns(layout: DecisionLayout, notes: readonly ReleaseNote[], node: string): string {
  const names = new Map(shared.flatMap(({ name, names: all }) => (all ? [[name, all] as const] : [])))
  const list = (values: readonly unknown[]) => `[${values.map(value => text(String(value))).join(', ')}]`
  const own = heldFields(layout).map(({ name }) => {
    const all = names.get(name)
    if (all) return `(${list(all)})["${name}" + 1] AS "${name}"`
    return name.startsWith('state.') ? `CAST(${id(name)} AS UTINYINT) AS ${id(name)}` : id(name)
  })
  return [
    `${text(node)} AS node`,
    ...own,
    `(${list(notes.map(note => note.deployment))})[note + 1] AS deployment`,
    `CAST((${list(notes.map(note => note.release))})[note + 1] AS INTEGER) AS release`,
    `(${list(notes.map(note => note.digest))})[note + 1] AS digest`,
    `(${list(notes.map(note => note.model))})[note + 1] AS model`,
    `CAST((${list(notes.map(note => note.modelVersion))})[note + 1] AS INTEGER) AS model_version`,
  ].join(', ')
}

/** Decisions as column runs of {@link heldFields}. */
export function batchOf(placed: readonly PlacedDecision[], layout: DecisionLayout): Batch {
  const rows = placed.length
  const all = shared.map(({ type, of }) => plainRun(placed.map(of), type))
  const entities = placed.map(({ record }) => record.entity)
  const { columns, others } = plainFields(entities, layout.fields)
  const vectors = layout.vector.map(() => fixedRun(new Float64Array(rows)))
  const states = layout.vector.map(() => wholeRun(rows))
  const times = layout.lookups.map(() => fixedRun(new BigInt64Array(rows)))
  const places = new Map<ReleaseNote, readonly (readonly [number, number])[]>()
  placed.forEach(({ record }, row) => {
    const { release } = record
    let at = places.get(release)
    if (at === undefined) {
      at = release.vector.map((name, i) => [i, layout.vector.indexOf(name)])
      places.set(release, at)
    }
    for (const [from, to] of at) {
      vectors[to]?.set(row, record.vector[from] ?? Number.NaN)
      states[to]?.set(row, featureStates.indexOf(record.states[from] ?? 'error'))
    }
    release.lookups.forEach((name, i) => {
      const time = record.eventTimes[i] ?? null
      if (time !== null) times[layout.lookups.indexOf(name)]?.set(row, time)
    })
  })
  const runs = [...vectors, ...states, ...times].map(({ run }) => run)
  const entity = columns.map((values, i) => plainRun(values, kindTypes[layout.fields[i]?.kind ?? 'string']))
  return { rows, columns: [...all, ...entity, plainRun(others, 'string'), ...runs] }
}

/** Columns of a file in the order {@link readBatch} takes them. */
export function readFields(layout: DecisionLayout): readonly Field[] {
  const names = new Set(shared.flatMap(({ name, names: all }) => (all ? [name] : [])))
  return heldFields(layout).map(({ name, type }) => ({ name, type: names.has(name) ? 'string' : type }))
}

/** The select list of {@link readFields}. */
export function readColumns(layout: DecisionLayout): string {
  return heldFields(layout)
    .map(({ name, type }) => (type === 'int64' ? `CAST(${id(name)} AS BIGINT)` : id(name)))
    .join(', ')
    .replaceAll(/CAST\("(kind|arm|arm_reason|served_by)" AS BIGINT\)/g, '"$1"')
}

/** Decisions as they were logged, bit for bit. */
export function readBatch(
  batch: Batch,
  {
    layout,
    notes,
    segmentName,
  }: {
    readonly layout: DecisionLayout
    readonly notes: ReadonlyMap<number, ReleaseNote>
    segmentName(segment: number): string
  },
): readonly PlacedDecision[] {
  const fields = readFields(layout)
  const columns = batch.columns.map((run, i) => runValues(run, fields[i]?.type ?? 'string'))
  const at = new Map(fields.map(({ name }, i) => [name, columns[i] ?? []]))
  const value = (name: string, row: number): Value => at.get(name)?.[row] ?? null
  return Array.from({ length: batch.rows }, (_, row) => {
    const string = (name: string) => value(name, row) as string | null
    const int = (name: string) => Number(value(name, row))
    const note = int('note')
    const release = notes.get(note)
    if (release === undefined) throw new TypeError(`the file has no release note ${note}`)
    const salt = string('salt')
    const base = string('base') ?? ''
    const number_ = int('row')
    const segment = int('segment')
    const others = readOthers(string('other_fields'))
    const bucket = value('bucket', row)
    const listed = (name: string) => layout.fields.find(field => field.name === name)
    const record: DecisionRecord = {
      predictionId: `${base}-${number_}`,
      ...{ base, row: number_, release, requestId: string('request_id') ?? base },
      receivedAt: value('received_at', row) as bigint,
      decidedAt: value('decided_at', row) as bigint,
      asOf: value('as_of', row) as bigint,
      kind: string('kind') as DecisionRecord['kind'],
      arm: string('arm') as DecisionRecord['arm'],
      armReason: string('arm_reason') as DecisionRecord['armReason'],
      bucket: bucket === null ? null : Number(bucket),
      assignment: salt === null ? null : { salt, sticky: value('sticky', row) === true, seq: int('seq') },
      ...{ shadowOf: string('shadow_of'), parentId: string('parent_id') },
      ...{ jobId: string('job_id'), caller: string('caller') },
      score: value('score', row) as number,
      acted: value('acted', row) as boolean | null,
      action: string('action'),
      threshold: value('threshold', row) as number | null,
      segment: string('threshold_segment'),
      servedBy: string('served_by') as DecisionRecord['servedBy'],
      degradedReasons: JSON.parse(string('degraded_reasons') ?? '[]') as string[],
      retries: int('retries'),
      latency: Object.fromEntries(
        latencyParts.map(part => [part, int(`latency_${part}`)]),
      ) as unknown as DecisionRecord['latency'],
      entity: Object.fromEntries(
        release.request.map(({ name }) => {
          const field = listed(name)
          return [name, others[name] ?? (field ? value(fieldColumn(field), row) : null)]
        }),
      ),
      vector: Float64Array.from(release.vector, name => value(`vector.${name}`, row) as number),
      states: release.vector.map(name => featureStates[int(`state.${name}`)] ?? 'error'),
      eventTimes: release.lookups.map(name => value(`time.${name}`, row) as bigint | null),
      logged: { segment: segmentName(segment), offset: int('offset') },
    }
    return { record, segment, note, noteText: null }
  })
}
