import type { SourceData } from '../../definitions/model.ts'
import type { Field, Value } from '../../kernel/values/index.ts'

/**
 * Journalled rows in the order of the source's columns as they are declared now; a column that was not there then is
 * null. Undefined when a column had another type.
 */
export function rowsFor(
  source: SourceData,
  fields: readonly Field[],
  rows: readonly (readonly Value[])[],
): readonly (readonly Value[])[] | undefined {
  const places = source.columns.map(column => fields.findIndex(field => field.name === column.name))
  const changed = source.columns.some((column, index) => {
    const field = fields[places[index] ?? -1]
    return field !== undefined && field.type !== column.type
  })
  if (changed) return undefined
  if (places.length === fields.length && places.every((place, index) => place === index)) return rows
  return rows.map(row => places.map(place => row[place] ?? null))
}
