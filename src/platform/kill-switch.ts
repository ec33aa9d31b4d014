import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { formatTimestamp } from '../kernel/time.ts'
import { appendKill, type DeploymentsFile, type KillLevel } from '../serving/index.ts'
import { foldersOf } from './folders.ts'

export interface KillTurn {
  readonly level: KillLevel | 'lift'
  /** Of level `model`: the link of the fallback chain that answers first, by kind or by the name of its rule. */
  readonly from?: string
}

/**
 * Turns the kill switch of a deployment on this host. Works with everything else down; a front that runs follows within a
 * second. Throws UNKNOWN_DEPLOYMENT.
 */
export async function killSwitch(
  projectFolder: string,
  deployment: string,
  { level, from }: KillTurn,
): Promise<void> {
  const { serving } = foldersOf(projectFolder)
  const text = await readFile(join(serving, 'deployments.json'), 'utf8').catch(() => '{}')
  const { deployments = [] } = JSON.parse(text) as Partial<DeploymentsFile>
  if (!deployments.some(({ name }) => name === deployment))
    throw new FettleError('UNKNOWN_DEPLOYMENT', `nothing serves "${deployment}" on this host`, {
      hint: `There are: ${deployments.map(({ name }) => name).join(', ') || 'none'}.`,
    })
  const at = formatTimestamp(systemClock.nowMicros())
  await appendKill(serving, {
    ...{ at, deployment, level, by: userInfo().username },
    ...(from === undefined ? {} : { from }),
  })
}
