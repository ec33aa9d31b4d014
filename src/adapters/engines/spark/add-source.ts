import type { SourceData } from '../../../definitions/model.ts'
import {
  canonicalSql,
  checkSchema,
  type Keep,
  readInPlace,
  refuseBadTimes,
  sourceRelation,
} from '../../../features/index.ts'
import { canonicalColumns } from './canonical-columns.ts'
import { openRaw, sourceError } from './raw-source.ts'
import type { Workspace } from './session.ts'
import { sql } from './tables.ts'
import { fits } from './types.ts'

/** Makes the canonical relation of a source; see `OfflineSession.addSource`. */
export async function addSource(
  workspace: Workspace,
  source: SourceData,
  { keep, where }: { readonly keep: Keep; readonly where?: string | undefined },
): Promise<void> {
  const raw = await openRaw(workspace, source)
  checkSchema(source, raw, fits)
  const relation = sourceRelation(source.name)
  try {
    const all = await canonicalSql(workspace, { source, raw, columns: canonicalColumns(source, raw) })
    const body = where === undefined ? all : `SELECT * FROM (${all}) WHERE ${where}`
    if (readInPlace(source, keep, where)) await workspace.createView(relation, sql(body))
    else await workspace.createTable(relation, body)
    if (keep !== 'no') await refuseBadTimes(workspace, source, raw.where)
  } catch (error) {
    throw workspace.signal?.aborted ? error : sourceError(error, source.name, raw.where)
  }
  workspace.added.set(source.name, source)
}
