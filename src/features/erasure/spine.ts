import type { Field } from '../../kernel/values/index.ts'
import type { ResolvedLookup } from '../offline/lookups.ts'
import type { OfflineSession } from '../offline/ports.ts'
import { erasedPositions } from './erased-positions.ts'
import type { ErasedKeys } from './suppression-list.ts'

interface ErasedSpine {
  readonly lookups: readonly ResolvedLookup[]
  readonly columns: readonly Field[]
  readonly erased: ErasedKeys | undefined
}

/** SQL that is true for rows of `spine` in which a lookup finds an erased key; their numbers become a table if there are any. */
export async function addErased(
  session: OfflineSession,
  { lookups, columns, erased }: ErasedSpine,
): Promise<string> {
  if (erased === undefined) return 'false'
  const keys = lookups.flatMap(({ lookup, view }) =>
    view.entity === null ? [] : [{ entity: view.entity, columns: lookup.keys }],
  )
  const gone = await erasedPositions(session, { from: 'spine', position: '__n', columns, keys, erased })
  if (gone.length === 0) return 'false'
  await session.addColumns(
    'erased',
    [{ name: '__n', type: 'int64' }],
    [{ rows: gone.length, columns: [{ kind: 'values', values: gone }] }],
  )
  return 's.__n IN (SELECT __n FROM erased)'
}
