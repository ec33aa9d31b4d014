import { featureColumnName } from '../../definitions/feature-names.ts'
import type { OnDemandData, OnDemandInput } from '../../definitions/model.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { type Field, runValues, type Value } from '../../kernel/values/index.ts'
import type { TrainingSetClosure } from '../model.ts'
import { compileOnDemand, type OnDemandFunction } from '../on-demand/index.ts'
import { type JoinedColumn, joinedFrom, valueSql } from './join.ts'
import { pieces } from './label.ts'
import type { OfflineSession } from './ports.ts'
import { id } from './sql-text.ts'

export interface OnDemandRequest {
  readonly closure: TrainingSetClosure
  readonly joined: readonly JoinedColumn[]
  readonly rows: number
}

/**
 * Computes on-demand features over the joined rows with the compiled text that serves online. Any error fails the build
 * and names the row. Makes relation `on_demand`.
 */
export async function addOnDemand(
  session: OfflineSession,
  { closure, joined, rows }: OnDemandRequest,
): Promise<JoinedColumn[]> {
  const functions = closure.trainingSet.onDemand.map(name => compiled(closure, name))
  if (functions.length === 0) return []
  const inputs = functions.flatMap(({ definition }) =>
    definition.inputs.map(input => ({
      key: inputKey(definition, input),
      input,
      sql: inputSql(closure, joined, input),
    })),
  )
  const fields = inputs.map(({ key, input }): Field => ({ name: key, type: input.type }))
  const outputs = functions.flatMap(({ definition }) => definition.outputs)
  const columns = outputs.map((): Value[] => new Array(rows))
  let at = 0
  const select = inputs.length === 0 ? ['NULL::VARCHAR'] : inputs.map(each => each.sql)
  for await (const batch of session.stream(
    `SELECT ${select.join(', ')} FROM ${joinedFrom('kept', joined)} ORDER BY s.__n`,
    fields,
  )) {
    const values = batch.columns.map((run, index) => runValues(run, fields[index]?.type ?? 'string'))
    for (let row = 0; row < batch.rows; row++) {
      let column = 0
      let input = 0
      for (const { definition, call } of functions) {
        const given: Record<string, Value> = {}
        for (const { name } of definition.inputs) given[name] = values[input++]?.[row] ?? null
        const answer = callRow(call, given, at + row)
        for (const { name } of definition.outputs) (columns[column++] ?? [])[at + row] = answer[name] ?? null
      }
    }
    at += batch.rows
  }
  const positions = BigInt64Array.from({ length: rows }, (_, index) => BigInt(index))
  await session.addColumns(
    'on_demand',
    [
      { name: '__n', type: 'int64' },
      ...outputs.map((field, index): Field => ({ name: `f${index}`, type: field.type })),
      { name: 'null_key', type: 'bool' },
    ],
    pieces(rows, (from, to) => [
      {
        kind: 'fixed' as const,
        width: 8 as const,
        bytes: new Uint8Array(positions.buffer, from * 8, (to - from) * 8),
        valid: null,
      },
      ...columns.map(values => ({ kind: 'values' as const, values: values.slice(from, to) })),
      { kind: 'fixed' as const, width: 1 as const, bytes: new Uint8Array(to - from), valid: null },
    ]),
  )
  return outputs.map((field, position) => ({
    field,
    relation: 'on_demand',
    position,
    window: true,
    flags: ['on-demand'],
  }))
}

interface Compiled {
  readonly definition: OnDemandData
  readonly call: OnDemandFunction
}

function compiled(closure: TrainingSetClosure, name: string): Compiled {
  const definition = closure.onDemand.find(each => each.name === name)
  if (!definition)
    throw new FettleError('FEATURE_UNKNOWN', `there is no on-demand feature "${name}"`, {
      details: { onDemand: name },
    })
  return { definition, call: patiently(() => compileOnDemand(definition)) }
}

const attempts = 3

/** The limit of a call is in wall time: on a busy machine one slow call says nothing, and the functions are pure. */
function patiently<Result>(work: () => Result): Result {
  for (let attempt = 1; ; attempt++) {
    try {
      return work()
    } catch (error) {
      if (!isFettleError(error) || error.code !== 'ONDEMAND_TIMEOUT' || attempt === attempts) throw error
    }
  }
}

function callRow(call: OnDemandFunction, given: Record<string, Value>, row: number): Record<string, Value> {
  try {
    return patiently(() => call(given))
  } catch (error) {
    if (!isFettleError(error)) throw error
    throw new FettleError(error.code, `${error.message} (row ${row})`, {
      hint: error.hint,
      details: { ...error.details, row },
      cause: error,
    })
  }
}

function inputKey(definition: OnDemandData, input: OnDemandInput): string {
  return `${definition.name}.${input.name}`
}

function inputSql(
  { trainingSet: set }: TrainingSetClosure,
  joined: readonly JoinedColumn[],
  input: OnDemandInput,
): string {
  if (input.from === 'request') return `s.${id(input.name)}`
  const lookup = set.lookups.find(each => each.as === input.lookup)
  const name = lookup && featureColumnName(lookup, input.feature, set.fullNames)
  const column = joined.find(each => each.field.name === name)
  if (!column)
    throw new FettleError(
      'FEATURE_UNKNOWN',
      `an on-demand feature takes "${input.lookup}.${input.feature}", which the set does not look up`,
    )
  return valueSql(column)
}
