import { rename, rm } from 'node:fs/promises'
import { execute } from './driver.ts'
import { loadSqlite } from './engine.ts'

/**
 * A copy of a database at one instant, while others read and write it; whole or absent. What stands at `to` is replaced.
 */
export async function copySqlite(path: string, to: string): Promise<void> {
  const { DatabaseSync } = await loadSqlite()
  const draft = `${to}.new`
  await rm(draft, { force: true })
  const database = new DatabaseSync(path)
  try {
    execute(database, ['pragma busy_timeout = 10000', `vacuum into '${draft.replaceAll("'", "''")}'`])
  } finally {
    database.close()
  }
  await rename(draft, to)
}
