import { type CheckData, decidableByRow } from '../definitions/index.ts'
import {
  type CheckFacts,
  type CheckOutcome,
  countVerdicts,
  judge,
  judgeChecks,
  type Measure,
  type OfflineEngine,
  rowTest,
} from '../features/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { VectorInput } from '../kernel/statistics/index.ts'
import { parseTimestamp } from '../kernel/time.ts'
import { decodeNative, type Field, JsonNumber, type Rows, type Value } from '../kernel/values/index.ts'

type Written = Readonly<Record<string, Json | undefined>>

const types: Readonly<Record<string, Field['type']>> = { int: 'int64', float: 'float64' }

/**
 * Answers one case of the checks: in SQL, and where one row decides by the row evaluator as well, whose counts must be
 * the same.
 */
export async function answerCheck(engine: OfflineEngine, input: VectorInput): Promise<unknown> {
  const written = input['check'] as Written
  const table = tableOf(input['table'] as Written)
  const check = checkOf(written)
  const facts = factsOf(check, written)
  const given = givenMeasure(written)
  if (given) return answerOf(judge(check, given, { columns: table.fields, facts }))
  const outcome = await judgeInSql(engine, table, { check, facts, keys: written['keys'] })
  const byRow = verdicts(check, table)
  if (byRow && (byRow.evaluated !== outcome.evaluated || byRow.unexpected !== outcome.unexpected))
    return { error: 'the row evaluator counts otherwise', ...byRow }
  return answerOf(outcome)
}

/** Cases that give what another table would have answered. */
function givenMeasure(written: Written): Measure | undefined {
  if (written['current_counts'] !== undefined)
    return { kind: 'counts', counts: written['current_counts'] as readonly number[] }
  if (written['returned'] === undefined) return undefined
  const unexpected = Number(written['returned'])
  return { kind: 'rows', rows: unexpected, evaluated: unexpected, unexpected }
}

async function judgeInSql(
  engine: OfflineEngine,
  table: Rows,
  { check, facts, keys }: { check: CheckData; facts: CheckFacts; keys: Json | undefined },
): Promise<CheckOutcome> {
  const session = await engine.open({ projectFolder: '.' })
  try {
    await session.addRows('given', table)
    if (keys !== undefined) await session.addRows('keys', keyRows(check, table.fields, keys))
    const measured = { relation: 'given', columns: table.fields, other: () => 'keys' }
    const judged = await judgeChecks(session, measured, { checks: [check], facts })
    return judged.get(check)?.outcome ?? { state: 'error', code: 'INTERNAL' }
  } finally {
    await session.close()
  }
}

function verdicts(check: CheckData, { fields, rows }: Rows) {
  const known = check.columns.every(name => fields.some(each => each.name === name))
  return known && decidableByRow(check) ? countVerdicts(rowTest(check, fields), rows) : undefined
}

function tableOf(written: Written): Rows {
  const fields = (written['columns'] as readonly { name: string; type: string }[]).map(
    ({ name, type }): Field => ({ name, type: types[type] ?? (type as Field['type']) }),
  )
  const rows = (written['rows'] as readonly (readonly Json[])[]).map(row =>
    row.map((each, index) => cellOf(fields[index]?.type ?? 'string', each)),
  )
  return { fields, rows }
}

function cellOf(type: string, json: Json): Value {
  return decodeNative(type, typeof json === 'number' ? new JsonNumber(String(json)) : (json as string | null))
}

function keyRows(check: CheckData, columns: readonly Field[], keys: Json): Rows {
  const fields = check.columns.map(
    (name, index): Field => ({
      name: `k${index}`,
      type: columns.find(each => each.name === name)?.type ?? 'string',
    }),
  )
  const rows = (keys as readonly (readonly Json[])[]).map(key =>
    key.map((each, index) => cellOf(fields[index]?.type ?? 'string', each)),
  )
  return { fields, rows }
}

/** Modifiers under the names of definitions; everything else is a parameter. */
const modifiers: Readonly<Record<string, string>> = {
  mostly: 'mostly',
  warn_mostly: 'warnMostly',
  missing_values: 'missingValues',
  required: 'required',
}

function checkOf(written: Written): CheckData {
  const { check, column, columns, a, b, where, ...rest } = written
  const word = String(check)
  const schema = word.startsWith('column') && word !== 'column_type'
  const named = schema ? [] : [column, a, b, ...((columns as readonly Json[] | undefined) ?? [])]
  const entries = Object.entries(rest).filter(([key]) => !(key in modifiers))
  const condition = where as { column: string; equals: string } | undefined
  return {
    check: word,
    name: 'check',
    columns: named.filter(each => each !== undefined).map(String),
    severity: 'block',
    params: {
      ...Object.fromEntries(entries.map(([key, value]) => [camel(key), value as never])),
      ...(schema ? { column: column as never, columns: columns as never } : {}),
      ...(word === 'references'
        ? { source: 'keys', columns: (columns as string[]).map((_, at) => `k${at}`) }
        : {}),
      ...(written['reference_counts'] === undefined
        ? {}
        : { reference: { counts: written['reference_counts'] as readonly number[] } }),
    },
    ...Object.fromEntries(
      Object.entries(modifiers).flatMap(([key, name]) => (key in rest ? [[name, rest[key]]] : [])),
    ),
    ...(condition === undefined
      ? {}
      : { where: { column: condition.column, op: 'eq' as const, value: condition.equals } }),
  }
}

function camel(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function factsOf(check: CheckData, written: Written): CheckFacts {
  const { now, date, history, reference } = written
  const instant = String(now ?? `${String(date ?? '2026-01-01')}T00:00:00Z`)
  return {
    now: parseTimestamp(instant) ?? 0n,
    history: (history as unknown as CheckFacts['history'] | undefined) ?? [],
    missing: reference === undefined ? {} : { [check.name]: reference as never },
  }
}

function answerOf({ shareOfEvaluated, shareOfRows, ...outcome }: CheckOutcome): unknown {
  return {
    ...outcome,
    ...(shareOfEvaluated === undefined ? {} : { share_of_evaluated: shareOfEvaluated }),
    ...(shareOfRows === undefined ? {} : { share_of_rows: shareOfRows }),
  }
}
