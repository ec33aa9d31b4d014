import type { ApiClient, FettleClient } from 'fettle/client'

type Rollout = Awaited<ReturnType<ApiClient['rollout']>>

/** What a wait is for: true when it is there, undefined when it will never be. */
export type Wanted = (rollout: Rollout) => boolean | undefined

const ended: ReadonlySet<string> = new Set(['aborted', 'rolled_back', 'retired'])

/** The rollout was taken back. */
export const hasEnded: Wanted = ({ state }) => ended.has(state) || (state === 'champion' ? undefined : false)

/** A person may do this now: every guard holds. Champions have nothing left to wait for. */
export function offers(event: string): Wanted {
  return ({ state, next }) =>
    ended.has(state) || state === 'champion' || state === 'held'
      ? undefined
      : next.some(each => each.event === event && each.allowed)
}

const longestWaitMillis = 180_000

/** Waits for the newest rollout, saying what it waits for whenever that changes; false when it will never come. */
export async function followRollout(client: FettleClient, wanted: Wanted): Promise<boolean> {
  const deadline = Date.now() + longestWaitMillis
  let said = ''
  for (;;) {
    const rollout = await client.api.rollout({ name: 'late', id: 'latest' })
    const line = lineOf(rollout)
    if (line !== said) console.log(`   ${line}`)
    said = line
    const reached = wanted(rollout)
    if (reached !== false) return reached === true
    if (Date.now() > deadline)
      throw new Error(`the rollout of release ${rollout.release.number} stands still: ${line}`)
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
}

function lineOf({ release, state, weight, guards, reason }: Rollout): string {
  const missing = guards.filter(({ holds }) => !holds).map(({ title }) => title)
  const why = ended.has(state) ? `: ${reason}` : missing.length > 0 ? `, waits for ${missing.join(', ')}` : ''
  return `release ${release.number}: ${state}, ${weight} %${why}`
}

/** What an earlier run of the job has done already. */
export async function formerly(
  client: FettleClient,
): Promise<{ readonly firstConfirmed: boolean; readonly takenBack: boolean }> {
  const { rollouts } = await client.api.rollouts({ name: 'late' })
  return {
    firstConfirmed: rollouts.some(({ state }) => state === 'champion' || state === 'retired'),
    takenBack: rollouts.some(({ state }) => state === 'aborted'),
  }
}
