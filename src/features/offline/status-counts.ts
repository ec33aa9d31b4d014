import type { TrainingSetManifest } from '../model.ts'
import { type JoinedColumn, joinedFrom, statusSql } from './join.ts'
import type { OfflineSession } from './ports.ts'
import { bigints } from './windows/load.ts'

const letters = ['P', 'N', 'F', 'A'] as const

/** How many rows of each status a feature has; statuses that do not occur are left out. */
export async function statusCounts(
  session: OfflineSession,
  spine: string,
  columns: readonly JoinedColumn[],
): Promise<TrainingSetManifest['statuses']> {
  if (columns.length === 0) return {}
  const counts = columns.flatMap(column =>
    letters.map(letter => `count(*) FILTER (WHERE (${statusSql(column)}) = '${letter}')`),
  )
  const [row = []] = await session.rows(
    `SELECT ${counts.join(', ')} FROM ${joinedFrom(spine, columns)}`,
    bigints(counts.length),
  )
  return Object.fromEntries(
    columns.map((column, at) => {
      const found = letters.flatMap((letter, index) => {
        const count = Number(row[at * letters.length + index] ?? 0n)
        return count === 0 ? [] : [[letter, count] as const]
      })
      return [column.field.name, Object.fromEntries(found)]
    }),
  )
}
