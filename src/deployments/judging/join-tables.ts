import { FettleError } from '../../kernel/errors/index.ts'
import type { ColumnTable, NumberColumn, TextColumn } from '../../training/index.ts'

/** The rows of tables with equal columns, one after another. */
export function joinTables(tables: readonly ColumnTable[]): ColumnTable {
  const [first, ...more] = tables
  if (first === undefined || more.length === 0) return first ?? { rows: 0, columns: {} }
  return {
    rows: tables.reduce((rows, table) => rows + table.rows, 0),
    columns: Object.fromEntries(
      Object.keys(first.columns).map(name => [
        name,
        joinColumns(
          tables.flatMap(table => table.columns[name] ?? []),
          name,
        ),
      ]),
    ),
  }
}

function joinColumns(parts: readonly (NumberColumn | TextColumn)[], name: string): NumberColumn | TextColumn {
  const numbers = parts.filter(part => part.kind === 'number')
  const texts = parts.filter(part => part.kind === 'text')
  const [number] = numbers
  if (number && texts.length === 0)
    return { ...number, values: concatenated(numbers.map(part => part.values)) }
  const [text] = texts
  if (text && numbers.length === 0) return joinTexts(texts, text)
  throw new FettleError('TYPE_MISMATCH', `Column ${name} holds texts in one split and numbers in another`)
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function joinTexts(parts: readonly TextColumn[], like: TextColumn): TextColumn {
  const known = new Map<string, number>()
  const codes = new Int32Array(parts.reduce((length, part) => length + part.codes.length, 0))
  let at = 0
  for (const part of parts) {
    const moved = part.dictionary.map(text => codeIn(known, text))
    for (const code of part.codes) codes[at++] = moved[code] ?? -1
  }
  return { ...like, codes, dictionary: [...known.keys()] }
}

function codeIn(known: Map<string, number>, text: string): number {
  const found = known.get(text)
  if (found !== undefined) return found
  known.set(text, known.size)
  return known.size - 1
}
