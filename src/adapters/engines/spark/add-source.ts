import type { SourceData } from '../../../definitions/model.ts'
import {
  canonicalSql,
  checkSchema,
  type Keep,
  type RawSource,
  readInPlace,
  refuseBadTimes,
  sourceRelation,
} from '../../../features/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import { canonicalColumns, finerThanMicros } from './canonical-columns.ts'
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
    await refuseFinerTimes(workspace, source, raw)
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

async function refuseFinerTimes(workspace: Workspace, source: SourceData, raw: RawSource): Promise<void> {
  for (const { name, count: query } of finerThanMicros(source, raw)) {
    const [[count = 0n] = []] = await workspace.rows(query, [{ name: 'count', type: 'int64' }])
    if (count === 0n) continue
    throw new FettleError(
      'SOURCE_BAD_VALUE',
      `source "${source.name}" (${raw.where}), column "${name}": ${count} times are finer than microseconds`,
      {
        hint: "Declare floor: 'us' on the source to round them down.",
        details: { source: source.name, file: raw.where, column: name, count: Number(count) },
      },
    )
  }
}
