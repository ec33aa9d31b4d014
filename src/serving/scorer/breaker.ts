const windowMillis = 60_000
const deathsToOpen = 3
const longestDelayMillis = 60_000

/** Counts deaths: three within a minute open it; the next start waits 0, then 1, 2, 4 … 60 seconds. */
export interface Breaker {
  died(): void
  open(): boolean
  /** How long to wait before the next start. */
  delayMillis(): number
}

export function createBreaker(now: () => number = () => performance.now()): Breaker {
  let deaths: number[] = []
  const recent = () => {
    deaths = deaths.filter(at => now() - at < windowMillis)
    return deaths.length
  }
  return {
    died: () => {
      deaths.push(now())
    },
    open: () => recent() >= deathsToOpen,
    delayMillis: () =>
      recent() < deathsToOpen ? 0 : Math.min(longestDelayMillis, 1000 * 2 ** (recent() - deathsToOpen)),
  }
}
