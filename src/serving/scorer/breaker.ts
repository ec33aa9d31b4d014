const windowMillis = 60_000
const deathsToOpen = 3
const longestDelayMillis = 60_000
const outcomesToOpen = 20
/** A row that ends scorers is refused, and its deaths are not the model's; of so many in a minute they are. */
const rowsToBlame = 3

export type BreakerState = 'closed' | 'open' | 'half-open'

/**
 * Whether the model of a release may be asked. Three deaths within a minute, or more than half of at least twenty
 * outcomes, open it for 1 s; then it is half-open: one self-test row closes it, or opens it again for 2, 4 … 60 seconds.
 * The delay begins anew after a minute closed.
 */
export interface Breaker {
  died(): void
  /** `deaths` of the last ones were the work of one row, which is refused now. */
  blamed(deaths: number): void
  answered(rows: number, ok: boolean): void
  /** What the self-test row of a half-open breaker came to. */
  tested(ok: boolean): void
  state(): BreakerState
  /** How long to wait before the next start of a process. */
  startDelayMillis(): number
}

export function createBreaker(now: () => number = () => performance.now()): Breaker {
  let deaths: number[] = []
  let blames: number[] = []
  let outcomes = { since: now(), ok: 0, failed: 0 }
  let openUntil: number | undefined
  let delayMillis = 0
  let closedAt = now()

  const recent = (times: readonly number[]) => times.filter(at => now() - at < windowMillis)

  function open(): void {
    if (openUntil === undefined && now() - closedAt >= windowMillis) delayMillis = 0
    delayMillis = Math.min(longestDelayMillis, delayMillis === 0 ? 1000 : delayMillis * 2)
    openUntil = now() + delayMillis
  }

  return {
    died() {
      deaths = [...recent(deaths), now()]
      if (deaths.length >= deathsToOpen && openUntil === undefined) open()
    },
    blamed(count) {
      blames = [...recent(blames), now()]
      if (blames.length >= rowsToBlame) return
      deaths = deaths.slice(0, Math.max(0, deaths.length - count))
      if (openUntil === undefined || deaths.length >= deathsToOpen) return
      openUntil = undefined
      delayMillis = delayMillis > 1000 ? delayMillis / 2 : 0
    },
    answered(rows, ok) {
      if (now() - outcomes.since >= windowMillis) outcomes = { since: now(), ok: 0, failed: 0 }
      outcomes[ok ? 'ok' : 'failed'] += rows
      const total = outcomes.ok + outcomes.failed
      if (openUntil === undefined && total >= outcomesToOpen && outcomes.failed * 2 > total) open()
    },
    tested(ok) {
      if (!ok) return open()
      openUntil = undefined
      closedAt = now()
      // The next death within the minute opens it again.
      deaths = recent(deaths).slice(-(deathsToOpen - 1))
      outcomes = { since: now(), ok: 0, failed: 0 }
    },
    state: () => (openUntil === undefined ? 'closed' : now() < openUntil ? 'open' : 'half-open'),
    startDelayMillis: () => (openUntil === undefined ? 0 : Math.max(0, openUntil - now())),
  }
}
