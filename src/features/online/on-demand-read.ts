import type { OnDemandData } from '../../definitions/model.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { OnDemandCall, OnDemandOutcome, OnDemandRunner } from '../on-demand/index.ts'
import type { FeatureFault, ServedFeatures } from './model.ts'
import type { RowAnswer } from './prepared-lookup.ts'

type RequestRow = Readonly<Record<string, Value>>

/** On-demand features of a release over rows whose lookups are answered. */
export interface PreparedOnDemand {
  readonly definition: OnDemandData
  /** Fills the columns of its outputs; a row with an error keeps ERROR and gets a fault. */
  fill(
    answers: readonly RowAnswer[],
    request: { readonly rows: readonly RequestRow[]; readonly faults: FeatureFault[] },
  ): Promise<void>
}

/** Throws FEATURE_UNKNOWN for an input that is not looked up. */
export function prepareOnDemand(
  features: ServedFeatures,
  runner: OnDemandRunner,
): readonly PreparedOnDemand[] {
  const columns = new Map<string, number>()
  for (const lookup of features.lookups)
    for (const feature of lookup.features) columns.set(`${lookup.as}\0${feature}`, columns.size)
  let first = features.lookups.reduce((sum, lookup) => sum + lookup.features.length, 0)
  return features.onDemand.map(definition => {
    const prepared = prepareFunction(runner.prepare(definition), { definition, columns, first })
    first += definition.outputs.length
    return prepared
  })
}

interface Place {
  readonly definition: OnDemandData
  readonly columns: ReadonlyMap<string, number>
  /** Column of the first output. */
  readonly first: number
}

/** An input that was not found, is too old or could not be read is null to the function. */
function prepareFunction(call: OnDemandCall, { definition, columns, first }: Place): PreparedOnDemand {
  const sources = definition.inputs.map(input => {
    if (input.from === 'request') return { name: input.name, column: -1 }
    const column = columns.get(`${input.lookup}\0${input.feature}`)
    if (column === undefined)
      throw new FettleError(
        'FEATURE_UNKNOWN',
        `on-demand feature ${definition.name} needs ${input.lookup}:${input.feature}, which is not looked up`,
      )
    return { name: input.name, column }
  })
  const inputsOf = (answer: RowAnswer, row: RequestRow): RequestRow =>
    Object.fromEntries(
      sources.map(({ name, column }) => [
        name,
        column === -1 ? requestField(definition, row, name) : inputValue(answer, column),
      ]),
    )
  return {
    definition,
    fill: async (answers, { rows, faults }) => {
      const outcomes = await outcomesOf(
        call,
        answers.map((answer, index) => inputsOf(answer, rows[index] ?? {})),
      )
      outcomes.forEach((outcome, row) => {
        if (outcome instanceof FettleError) faults.push(faultOf(definition, row, outcome))
        else
          definition.outputs.forEach(({ name }, offset) => {
            const value = outcome[name] ?? null
            const answer = answers[row]
            if (answer === undefined) return
            answer.values[first + offset] = value
            answer.statuses[first + offset] = value === null ? 'NULL_VALUE' : 'PRESENT'
          })
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

function inputValue(answer: RowAnswer, column: number): Value {
  return answer.statuses[column] === 'PRESENT' ? (answer.values[column] ?? null) : null
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
