import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `model`: the fallback answers (K2); `closed`: every prediction is refused (K3; releases.md §13). */
export type KillLevel = 'model' | 'closed'

/** One turn of a kill switch. */
export interface KillRow {
  readonly at: string
  readonly deployment: string
  readonly level: KillLevel | 'lift'
  readonly by: string
}

const logFile = 'kills.jsonl'
/** Names that were switched off, as fronts before kept them. */
const formerFile = 'killed.json'

/**
 * Turns a kill switch on this host: the row is on the disk before this resolves. Nobody else need be there; a front that
 * runs sees it within a second, and every front that starts later does.
 */
export async function appendKill(servingFolder: string, row: KillRow): Promise<void> {
  await mkdir(servingFolder, { recursive: true })
  const file = await open(join(servingFolder, logFile), 'a')
  try {
    // The break before it ends what a crash left of a row.
    await file.write(`\n${JSON.stringify(row)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** What is switched off on this host: the last whole row of each deployment. */
export async function readKills(servingFolder: string): Promise<ReadonlyMap<string, KillLevel>> {
  const text = await readFile(join(servingFolder, logFile), 'utf8').catch(() => '')
  const kills = new Map((await formerKills(servingFolder)).map(name => [name, 'closed' as KillLevel]))
  for (const line of text.split('\n')) {
    const row = rowOf(line)
    if (row === undefined) continue
    if (row.level === 'lift') kills.delete(row.deployment)
    else kills.set(row.deployment, row.level)
  }
  return kills
}

async function formerKills(servingFolder: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await readFile(join(servingFolder, formerFile), 'utf8')) as string[]
  } catch {
    return []
  }
}

function rowOf(line: string): KillRow | undefined {
  if (line === '') return undefined
  try {
    return JSON.parse(line) as KillRow
  } catch {
    return undefined
  }
}
