import type { OnDemandData } from '../../definitions/model.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Value, ValueType } from '../../kernel/values/index.ts'
import type { OnDemandCall, OnDemandOutcome, OnDemandRunner } from '../on-demand/index.ts'
import { type CellTable, cellCodes, cellStatus, cellValue, type FeatureCells, putValue } from './cells.ts'
import type { FeatureFault, ServedFeatures } from './model.ts'

type RequestRow = Readonly<Record<string, Value>>

/** On-demand features of a release over rows whose lookups are answered. */
export interface PreparedOnDemand {
  readonly definition: OnDemandData
  /** Fills the columns of its outputs; a row with an error keeps ERROR and gives a fault. */
  fill(table: CellTable, rows: readonly RequestRow[]): Promise<readonly FeatureFault[]>
}

type InputCells = Pick<FeatureCells, 'column' | 'type'>

/** `types` are those of the columns looked up. Throws FEATURE_UNKNOWN for an input that is not one of them. */
export function prepareOnDemand(
  features: ServedFeatures,
  { runner, types }: { readonly runner: OnDemandRunner; readonly types: readonly ValueType[] },
): readonly PreparedOnDemand[] {
  const columns = new Map<string, InputCells>()
  for (const lookup of features.lookups)
    for (const feature of lookup.features) {
      const column = columns.size
      columns.set(`${lookup.as}\0${feature}`, { column, type: types[column] ?? 'string' })
    }
  let first = columns.size
  return features.onDemand.map(definition => {
    const prepared = prepareFunction(runner.prepare(definition), { definition, columns, first })
    first += definition.outputs.length
    return prepared
  })
}

interface Place {
  readonly definition: OnDemandData
  readonly columns: ReadonlyMap<string, InputCells>
  /** Column of the first output. */
  readonly first: number
}

/** An input that was not found, is too old or could not be read is null to the function. */
function prepareFunction(call: OnDemandCall, { definition, columns, first }: Place): PreparedOnDemand {
  const sources = definition.inputs.map(input => {
    if (input.from === 'request') return { name: input.name, cells: null }
    const cells = columns.get(`${input.lookup}\0${input.feature}`)
    if (cells === undefined)
      throw new FettleError(
        'FEATURE_UNKNOWN',
        `on-demand feature ${definition.name} needs ${input.lookup}:${input.feature}, which is not looked up`,
      )
    return { name: input.name, cells }
  })
  return {
    definition,
    fill: async (table, rows) => {
      const inputs = rows.map((row, index) =>
        Object.fromEntries(
          sources.map(({ name, cells }) => [
            name,
            cells === null ? requestField(definition, row, name) : inputValue({ table, ...cells }, index),
          ]),
        ),
      )
      const outcomes = await outcomesOf(call, inputs)
      return outcomes.flatMap((outcome, row) => {
        if (outcome instanceof FettleError) return [faultOf(definition, row, outcome)]
        definition.outputs.forEach(({ name, type }, offset) => {
          putOutput({ table, column: first + offset, type }, row, outcome[name] ?? null)
        })
        return []
      })
    },
  }
}

/** A function that is no use at all is an error of every row: the other features are answered. */
async function outcomesOf(
  call: OnDemandCall,
  rows: readonly RequestRow[],
): Promise<readonly OnDemandOutcome[]> {
  try {
    return await call(rows)
  } catch (error) {
    const failure = isFettleError(error) ? error : new FettleError('ONDEMAND_THREW', messageOf(error))
    return rows.map(() => failure)
  }
}

function faultOf(definition: OnDemandData, row: number, { code, message }: FettleError): FeatureFault {
  return { column: definition.outputs[0]?.name ?? null, row, code, message }
}

function inputValue(cells: FeatureCells, row: number): Value {
  return cellStatus(cells, row) === 'PRESENT' ? cellValue(cells, row) : null
}

function putOutput(cells: FeatureCells, row: number, value: Value): void {
  const { codes, rows } = cells.table
  codes[cells.column * rows + row] = value === null ? cellCodes.nullValue : cellCodes.present
  if (value !== null) putValue(cells, row, value)
}

function requestField(definition: OnDemandData, row: RequestRow, name: string): Value {
  const value = row[name]
  if (value !== undefined) return value
  throw new FettleError(
    'REQUEST_FIELD_MISSING',
    `the request field "${name}" is missing; on-demand feature ${definition.name} needs it`,
    { details: { column: name } },
  )
}
