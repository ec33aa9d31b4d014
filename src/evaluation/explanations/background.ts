import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contentHash } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { readJsonObject } from '../model-manifest.ts'
import { reservoir } from './reservoir.ts'

/** Rows of the training set that a score is measured against: background.json of a model folder. */
export interface Background {
  /** Names of the vector, in order. */
  readonly inputs: readonly string[]
  /** Row-major, NaN = missing. */
  readonly values: Float64Array
  readonly rows: number
  /** Of the values: stored with every explanation that is measured against them. */
  readonly hash: string
}

const fileName = 'background.json'
const backgroundRows = 100

export interface BackgroundSource {
  readonly rows: number
  /** NaN = missing. */
  at(row: number, input: number): number
  /** Which rows are taken follows from it alone. */
  readonly label: string
}

/** At most 100 of the rows, in their order. MISSING_BACKGROUND without rows. */
export function sampleBackground(
  inputs: readonly string[],
  { rows, at, label }: BackgroundSource,
): Background {
  const chosen = reservoir(
    Int32Array.from({ length: rows }).map((_, row) => row),
    backgroundRows,
    label,
  )
  return backgroundOf(
    inputs,
    Float64Array.from(chosen.flatMap(row => inputs.map((_, input) => at(row, input)))),
  )
}

/** Keeps a background beside a model. */
export async function writeBackground(folder: string, { inputs, values }: Background): Promise<void> {
  const content = { schema: 1, inputs, rows: jsonRows(inputs, values) }
  await writeFile(join(folder, fileName), `${JSON.stringify(content)}\n`)
}

/** null is missing; an infinite value is the largest double, which every scorer reads as infinite again (float32). */
function jsonRows(inputs: readonly string[], values: Float64Array): (number | null)[][] {
  const limit = Number.MAX_VALUE
  return Array.from({ length: values.length / inputs.length }, (_, row) =>
    Array.from(values.subarray(row * inputs.length, (row + 1) * inputs.length), value =>
      Number.isNaN(value) ? null : Math.min(limit, Math.max(-limit, value)),
    ),
  )
}

export function hasBackground(folder: string): Promise<boolean> {
  return access(join(folder, fileName)).then(
    () => true,
    () => false,
  )
}

/** MODEL_UNREADABLE for another schema, MISSING_BACKGROUND without rows, SIGNATURE_MISMATCH for rows of another width. */
export async function readBackground(folder: string): Promise<Background> {
  const { schema, inputs, rows } = await readJsonObject(folder, fileName, 'MODEL_UNREADABLE')
  if (schema !== 1 || !Array.isArray(inputs) || !Array.isArray(rows))
    throw new FettleError('MODEL_UNREADABLE', `${fileName} is not { schema: 1, inputs, rows }`)
  const wrong = rows.findIndex(row => !isVector(row, inputs.length))
  if (wrong >= 0)
    throw new FettleError(
      'SIGNATURE_MISMATCH',
      `Row ${wrong} of ${fileName} is not a vector of ${inputs.length} numbers or null`,
    )
  return backgroundOf(
    inputs.map(String),
    Float64Array.from((rows as (number | null)[][]).flat(), value => value ?? Number.NaN),
  )
}

function isVector(row: unknown, inputs: number): boolean {
  return (
    Array.isArray(row) &&
    row.length === inputs &&
    row.every(each => each === null || typeof each === 'number')
  )
}

function backgroundOf(inputs: readonly string[], values: Float64Array): Background {
  if (values.length === 0)
    throw new FettleError('MISSING_BACKGROUND', 'There are no background rows to measure the score against')
  const hash = contentHash({ inputs, rows: jsonRows(inputs, values) })
  return { inputs, values, rows: values.length / inputs.length, hash }
}
