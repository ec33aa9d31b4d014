import { type ColumnType, columnData } from './columns.ts'
import { located } from './located.ts'
import type { Descriptive, EntityData } from './model.ts'

/** Key components by name, in order. */
export type KeyTypes = Readonly<
  Record<string, ColumnType<'string' | 'int64' | 'bool' | 'date' | 'timestamp'>>
>

/** A thing features are about: an airport, a customer, a pair of both. */
export interface EntityDefinition<Name extends string = string, Key extends KeyTypes = KeyTypes>
  extends EntityData {
  readonly name: Name
  /** Type level only. */
  readonly __key?: Key
}

/**
 * Declares an entity by the components of its key. Keys are compared by value, component by component:
 * case, blanks and the empty text are significant; a null component matches nothing.
 */
export function entity<const Name extends string, const Key extends KeyTypes>(
  name: Name,
  options: Descriptive & { readonly key: Key },
): EntityDefinition<Name, Key> {
  const { key, ...descriptive } = options
  return located({ kind: 'entity', name, ...descriptive, key: columnData(key) })
}
