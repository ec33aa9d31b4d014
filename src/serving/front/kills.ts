import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `challengers`: only the champion answers (K1); `model`: the fallback chain (K2); `closed`: every prediction is refused (K3; releases.md §13). */
export type KillLevel = 'challengers' | 'model' | 'closed'

/** One turn of a kill switch. */
export interface KillRow {
  readonly at: string
  readonly deployment: string
  readonly level: KillLevel | 'lift'
  /** Of level `model`: the link of the fallback chain that answers first, by kind or by the name of its rule. */
  readonly from?: string
  readonly by: string
}

/** How far a deployment is switched off. */
export type LocalKill = Pick<KillRow, 'from'> & { readonly level: KillLevel }

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
export async function readKills(servingFolder: string): Promise<ReadonlyMap<string, LocalKill>> {
  const text = await readFile(join(servingFolder, logFile), 'utf8').catch(() => '')
  const former = await formerKills(servingFolder)
  const kills = new Map(former.map((name): [string, LocalKill] => [name, { level: 'closed' }]))
  for (const line of text.split('\n')) {
    const row = rowOf(line)
    if (row === undefined) continue
    const { deployment, level, from } = row
    if (level === 'lift') kills.delete(deployment)
    else kills.set(deployment, { level, ...(from === undefined ? {} : { from }) })
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
