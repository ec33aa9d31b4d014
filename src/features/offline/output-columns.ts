import type { Field } from '../../kernel/values/index.ts'
import type { TrainingSetManifest } from '../model.ts'
import { type JoinedColumn, valueSql } from './join.ts'
import { id } from './sql-text.ts'

/** A column of the stored set, and the SQL that gives it. */
export type OutputColumn = TrainingSetManifest['columns'][number] & { readonly sql: string }

/** Columns in stored order: row number, spine, features, label, split. */
export function outputColumns({
  set,
  features,
  label,
  splits,
}: {
  set: readonly Field[]
  features: readonly JoinedColumn[]
  label: Field
  splits: boolean
}): OutputColumn[] {
  return [
    { name: '__row', type: 'int64', role: 'row', flags: [], sql: 's.__row' },
    ...set.map(field => ({ ...field, role: 'spine' as const, flags: [], sql: `s.${id(field.name)}` })),
    ...features.map(column => ({
      ...column.field,
      role: 'feature' as const,
      flags: column.flags,
      sql: valueSql(column),
    })),
    { ...label, role: 'label', flags: [], sql: 's.__label' },
    ...(splits
      ? [{ name: '__split', type: 'string' as const, role: 'split' as const, flags: [], sql: 's.__split' }]
      : []),
  ]
}
