import { featureColumnName } from '../../definitions/feature-names.ts'
import type { OnDemandData, OnDemandInput } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Field, runValues, type Value } from '../../kernel/values/index.ts'
import type { TrainingSetClosure } from '../model.ts'
import type { OnDemandCall, OnDemandRunner } from '../on-demand/index.ts'
import { type JoinedColumn, joinedFrom, valueSql } from './join.ts'
import type { OfflineSession } from './ports.ts'
import { id } from './sql-text.ts'
import { pieces } from './windows/results.ts'

export interface OnDemandRequest {
  readonly closure: TrainingSetClosure
  readonly joined: readonly JoinedColumn[]
  readonly rows: number
  readonly runner: OnDemandRunner
}

/**
 * Computes on-demand features over the joined rows with the text and the budget that serve online. A row with an error
 * has null; more of them than a function's `maxErrorShare` fail the build with the first five rows. Makes relation
 * `on_demand`.
 */
export async function addOnDemand(
  session: OfflineSession,
  { closure, joined, rows, runner }: OnDemandRequest,
): Promise<JoinedColumn[]> {
  const functions = closure.trainingSet.onDemand.map(name => prepared(closure, runner, name))
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
  const select = inputs.length === 0 ? ['NULL::STRING'] : inputs.map(each => each.sql)
  for await (const batch of session.stream(
    `SELECT ${select.join(', ')} FROM ${joinedFrom('kept', joined)} ORDER BY s.__n`,
    fields,
  )) {
    const values = batch.columns.map((run, index) => runValues(run, fields[index]?.type ?? 'string'))
    let [input, column] = [0, 0]
    for (const each of functions) {
      const { inputs: names, outputs: given } = each.definition
      const outcomes = await each.call(inputRows(names, values.slice(input), batch.rows))
      const targets = columns.slice(column)
      outcomes.forEach((outcome, row) => {
        if (outcome instanceof FettleError) each.errors.push({ row: at + row, error: outcome })
        given.forEach(({ name }, index) => {
          ;(targets[index] ?? [])[at + row] = outcome instanceof FettleError ? null : (outcome[name] ?? null)
        })
      })
      input += names.length
      column += given.length
    }
    at += batch.rows
    for (const each of functions) refuseErrors(each, rows)
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

interface Prepared {
  readonly definition: OnDemandData
  readonly call: OnDemandCall
  readonly errors: { readonly row: number; readonly error: FettleError }[]
}

function prepared(closure: TrainingSetClosure, runner: OnDemandRunner, name: string): Prepared {
  const definition = closure.onDemand.find(each => each.name === name)
  if (!definition)
    throw new FettleError('FEATURE_UNKNOWN', `there is no on-demand feature "${name}"`, {
      details: { onDemand: name },
    })
  return { definition, call: runner.prepare(definition), errors: [] }
}

function inputRows(
  inputs: readonly OnDemandInput[],
  values: readonly (readonly Value[])[],
  rows: number,
): readonly Record<string, Value>[] {
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(inputs.map(({ name }, index) => [name, values[index]?.[row] ?? null])),
  )
}

function refuseErrors({ definition, errors }: Prepared, rows: number): void {
  const [first] = errors
  if (first === undefined || errors.length <= (definition.maxErrorShare ?? 0) * rows) return
  const named = errors.slice(0, 5).map(each => each.row)
  throw new FettleError(
    first.error.code,
    `${first.error.message} (row ${first.row}); rows with errors so far: ${errors.length}, the first ${named.join(', ')}`,
    { details: { ...first.error.details, rows: named, errors: errors.length }, cause: first.error },
  )
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
