import type { Micros } from '../kernel/time.ts'

export interface ReaperTimes {
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly reapMs: number
}

/**
 * Until when nothing is reaped. Workers get one lease to renew after the server started, and again whenever a scan
 * comes more than a heartbeat late: a stalled or suspended machine stopped their renewals as well as our scans.
 */
export function amnestyUntil(
  current: Micros,
  scan: { readonly last: Micros; readonly now: Micros },
  times: ReaperTimes,
): Micros {
  const late = scan.now - scan.last > BigInt(times.reapMs + times.heartbeatMs) * 1000n
  const until = scan.now + BigInt(times.leaseMs) * 1000n
  return late && until > current ? until : current
}
