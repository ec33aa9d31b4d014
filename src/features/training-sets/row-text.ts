import { encodeNative, type Field, runValues } from '../../kernel/values/index.ts'
import type { Batch } from '../offline/index.ts'

/** Rows as JSON lines, each an object of native JSON values (features.md §1). */
export async function* jsonLines(
  fields: readonly Field[],
  batches: AsyncIterable<Batch>,
): AsyncIterable<string> {
  const names = fields.map(field => JSON.stringify(field.name))
  for await (const row of cells(fields, batches))
    yield `{${row.map((cell, index) => `${names[index]}:${cell}`).join(',')}}\n`
}

/**
 * Rows as CSV without a heading (RFC 4180, LF): null is nothing, text is quoted, so that the empty text is `""`; lists and
 * maps are their JSON.
 */
export async function* csvLines(
  fields: readonly Field[],
  batches: AsyncIterable<Batch>,
): AsyncIterable<string> {
  const isText = fields.map(field => /^(string|bytes|list|map)/.test(field.type))
  for await (const row of cells(fields, batches))
    yield `${row.map((cell, index) => csvCell(cell, isText[index] ?? false)).join(',')}\n`
}

/** The heading of a CSV file. */
export function csvHeading(fields: readonly Field[]): string {
  return `${fields.map(field => (/[",\n\r]/.test(field.name) ? quoted(field.name) : field.name)).join(',')}\n`
}

async function* cells(
  fields: readonly Field[],
  batches: AsyncIterable<Batch>,
): AsyncIterable<readonly string[]> {
  for await (const batch of batches) {
    const columns = fields.map((field, index) => {
      const run = batch.columns[index]
      return run === undefined ? [] : runValues(run, field.type)
    })
    for (let row = 0; row < batch.rows; row++)
      yield fields.map((field, index) => encodeNative(field.type, columns[index]?.[row] ?? null))
  }
}

function csvCell(json: string, isText: boolean): string {
  if (json === 'null') return ''
  if (!isText) return json.startsWith('"') ? json.slice(1, -1) : json
  return quoted(json.startsWith('"') ? (JSON.parse(json) as string) : json)
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}
