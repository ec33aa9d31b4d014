import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value, ValueType } from '../../kernel/values/index.ts'
import { type FeatureCells, tableMaker } from '../online/cells.ts'
import type { FeatureFault, FeatureTable, PreparedFeatures, ServedFeatures } from '../online/model.ts'
import type { FeatureAnswer, FeatureCatalog, FeatureReadRequest, ViewAnswer } from './model.ts'
import { type ReadField, type ResolvedRead, resolveRead } from './resolve.ts'

/** A resolved read, compiled against the store: where each column of the answer stands in what is read. */
interface ReadPlan extends ResolvedRead {
  readonly prepared: readonly PreparedFeatures[]
  readonly columnAt: readonly number[]
  /** Of each view: where the event times of its rows stand, and its place among the views of its read. */
  readonly viewAt: readonly { readonly times: number; readonly watermark: number }[]
}

const maxRows = 10_000
const maxCells = 1_000_000
const keptPlans = 1_000
const maxKeyBytes = 1_024

type Prepare = (features: ServedFeatures) => PreparedFeatures

/** Reads against the catalog of the moment. Plans are made once per catalog and list of references. */
export function createReads(prepare: Prepare, catalog: () => FeatureCatalog) {
  const plans = new Map<string, ReadPlan>()
  let revision = ''

  function planOf(request: FeatureReadRequest): ReadPlan {
    const now = catalog()
    if (now.revision !== revision || plans.size >= keptPlans) {
      plans.clear()
      revision = now.revision
    }
    const key = planKey(request)
    let plan = plans.get(key)
    if (plan === undefined) {
      plan = compile(prepare, resolveRead(now, request))
      plans.set(key, plan)
    }
    return plan
  }

  return async (request: FeatureReadRequest): Promise<FeatureAnswer> => {
    const plan = planOf(request)
    const rows = requestRows(plan, request)
    const found: FeatureTable[] = []
    for (const prepared of plan.prepared) {
      const answer = readOne(prepared, rows, request)
      found.push(answer instanceof Promise ? await answer : answer)
    }
    const keys = plan.fields.map(({ name, alias, role, type }) => ({
      name,
      sent: Object.hasOwn(request.entities, name) ? name : (alias ?? name),
      role,
      type,
      values: rows.map(row => row[name] ?? null),
    }))
    return { ...assemble(plan, found, { asOf: request.asOf, rows: rows.length }), keys }
  }
}

/** No name in a catalog holds U+0000, so equal texts of equally many references are equal references. */
function planKey({
  features,
  service,
  fullNames = false,
  expiredValues = false,
}: FeatureReadRequest): string {
  if (service !== undefined || !features?.every(each => typeof each === 'string'))
    return JSON.stringify([features, service, fullNames, expiredValues])
  return `${features.length} ${fullNames} ${expiredValues} ${features.join('\0')}`
}

function compile(prepare: Prepare, resolved: ResolvedRead): ReadPlan {
  const prepared = resolved.reads.map(prepare)
  const at = (read: number, column: string): number => prepared[read]?.names.indexOf(column) ?? -1
  return {
    ...resolved,
    prepared,
    columnAt: resolved.columns.map(({ read, column }) => at(read, column)),
    viewAt: resolved.views.map(({ read, view, columns }) => ({
      times: prepared[read]?.timesAt[at(read, columns[0] ?? '')] ?? -1,
      watermark: resolved.reads[read]?.views.findIndex(each => each.name === view.name) ?? -1,
    })),
  }
}

type RequestRow = Readonly<Record<string, Value>>

function requestRows(plan: ReadPlan, { entities, decode }: FeatureReadRequest): readonly RequestRow[] {
  const count = rowCount(entities)
  const cells = count * plan.columns.length
  if (count > maxRows || cells > maxCells)
    throw new FettleError(
      'BATCH_TOO_LARGE',
      `${count} rows of ${plan.columns.length} features are more than one request may ask for`,
      {
        hint: `Ask for at most ${maxRows} rows and ${maxCells} values at once.`,
        details: { rows: count, cells },
      },
    )
  const columns = plan.fields.map(field => ({ field, values: columnOf(entities, field) }))
  const rows: Record<string, Value>[] = new Array(count)
  for (let row = 0; row < count; row++) {
    const typed: Record<string, Value> = {}
    for (const { field, values } of columns) {
      const value = decode(values[row], field.type, { column: field.name, row })
      if (typeof value === 'string' && field.role === 'key') checkKeyText(field.name, value, row)
      typed[field.name] = value
    }
    rows[row] = typed
  }
  return rows
}

/** Without any column there is one row: a view without entity joins on time alone. */
function rowCount(entities: FeatureReadRequest['entities']): number {
  let first: { readonly name: string; readonly length: number } | undefined
  for (const [name, values] of Object.entries(entities)) {
    if (!Array.isArray(values))
      throw new FettleError('KEY_MISSING', `entities.${name.slice(0, 80)} is not a list of values`, {
        details: { column: name },
      })
    first ??= { name, length: values.length }
    if (values.length !== first.length)
      throw new FettleError(
        'RAGGED_DATA',
        `"${name.slice(0, 80)}" has ${values.length} values, "${first.name.slice(0, 80)}" has ${first.length}`,
        { details: { column: name } },
      )
  }
  return first?.length ?? 1
}

function columnOf(entities: FeatureReadRequest['entities'], field: ReadField): readonly unknown[] {
  const name = Object.hasOwn(entities, field.name) ? field.name : field.alias
  const values = name !== null && Object.hasOwn(entities, name) ? entities[name] : undefined
  if (values !== undefined) return values
  const code = field.role === 'key' ? 'KEY_MISSING' : 'REQUEST_FIELD_MISSING'
  throw new FettleError(code, `"${field.name}" is missing; ${field.neededBy} needs it`, {
    details: { column: field.name, type: field.type },
  })
}

function checkKeyText(column: string, key: string, row: number): void {
  if (key.includes('\0'))
    throw new FettleError('KEY_BAD_TEXT', `key "${column}" of row ${row} holds U+0000`, {
      details: { column, row },
    })
  if (key.length >= maxKeyBytes || (key.length > maxKeyBytes / 3 && Buffer.byteLength(key) >= maxKeyBytes))
    throw new FettleError(
      'KEY_TOO_LONG',
      `key "${column}" of row ${row} encodes to more than ${maxKeyBytes} bytes`,
      { details: { column, row } },
    )
}

function readOne(
  prepared: PreparedFeatures,
  rows: readonly RequestRow[],
  { asOf, partial }: FeatureReadRequest,
): FeatureTable | Promise<FeatureTable> {
  const failed = (error: unknown): FeatureTable => {
    if (!partial || !isFettleError(error) || error.status < 500) throw error
    return unreadable(prepared, rows.length, error)
  }
  try {
    const answer = prepared.readTable(rows, asOf)
    return answer instanceof Promise ? answer.catch(failed) : answer
  } catch (error) {
    return failed(error)
  }
}

function unreadable({ types, timesAt }: PreparedFeatures, rows: number, error: FettleError): FeatureTable {
  const width = Math.max(types.length, ...timesAt.map(at => at + 2))
  const all = Array.from({ length: width }, (_, column): ValueType => types[column] ?? 'timestamp')
  return {
    table: tableMaker(all)(rows),
    faults: [{ column: null, row: null, code: error.code, message: error.message }],
    watermarks: [],
  }
}

function assemble(
  plan: ReadPlan,
  found: readonly FeatureTable[],
  { asOf, rows }: { readonly asOf: Micros; readonly rows: number },
): Omit<FeatureAnswer, 'keys'> {
  const cellsAt = (read: number, column: number, type: ValueType): FeatureCells => {
    const table = found[read]?.table
    if (table === undefined || column < 0) throw new FettleError('INTERNAL', 'a column was not read')
    return { type, table, column }
  }
  return {
    shape: plan,
    asOf,
    rows,
    columns: plan.columns.map(({ name, type, read, lookup, view }, index) => ({
      name,
      type,
      lookup,
      view,
      cells: cellsAt(read, plan.columnAt[index] ?? -1, type),
    })),
    views: plan.views.map(({ name, view, read }, index): ViewAnswer => {
      const window = view.features.some(feature => feature.kind === 'window')
      const { times = -1, watermark = -1 } = plan.viewAt[index] ?? {}
      return {
        name,
        version: view.version,
        kind: window ? 'window' : 'lookup',
        watermark: window ? (found[read]?.watermarks[watermark] ?? null) : null,
        times: window
          ? null
          : { event: cellsAt(read, times, 'timestamp'), known: cellsAt(read, times + 1, 'timestamp') },
      }
    }),
    errors: found.flatMap(each => namedFaults(plan, each.faults)),
  }
}

/** On-demand faults carry the answer's column names. */
function namedFaults(plan: ReadPlan, faults: readonly FeatureFault[]): readonly FeatureFault[] {
  return faults.map(fault => {
    const asked = plan.columns.find(each => each.lookup === null && each.column === fault.column)
    return asked ? { ...fault, column: asked.name } : fault
  })
}
