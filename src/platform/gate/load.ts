import { readFile } from 'node:fs/promises'
import { type Finding, failed, type GateRow, passed, undecided } from '../../deployments/index.ts'
import type { Arm, IsolatedCopy } from './copy.ts'

/** What a candidate may cost beside the champion (releases.md §15). */
export const loadLimits = {
  p99Ratio: 1.25,
  cpuRatio: 1.5,
  /** A difference within this is none: a caller does not notice it, and a small machine makes more by itself. */
  p99FloorMs: 5,
  cpuFloorMs: 1,
}

/** Requests per second of each round: the logged rate, twice that, and its busiest minute. */
export interface LoadPlan {
  readonly rates: readonly number[]
  readonly roundMillis: number
}

const rounds = 5
const leastRate = 200
const mostRate = 500
/** What runs for the first time is slow, whichever release it is. */
const warmUpMillis = 150

/** Rates of interleaved rounds, rising from what was logged; a quiet deployment is asked faster, so that it is measured. */
export function loadPlan(perSecond: number | null, peakPerSecond: number | null): LoadPlan {
  const within = (rate: number) => Math.round(Math.min(mostRate, Math.max(leastRate, rate)))
  const once = within(perSecond ?? 0)
  const peak = within(Math.max(peakPerSecond ?? 0, 2 * once))
  const factors = [once, once, 2 * once, 2 * once, peak]
  return { rates: Array.from({ length: rounds }, (_, i) => within(factors[i] ?? peak)), roundMillis: 200 }
}

interface Burst {
  readonly latencies: readonly number[]
  readonly errors: readonly string[]
  /** Of the front and its scorer, per request; null where the system does not tell. */
  readonly cpuMillis: number | null
}

/** Open-loop bursts, candidate and champion in turns, on the rows that were logged. */
export async function checkLoad(
  copy: IsolatedCopy,
  {
    rows,
    plan,
    champion,
  }: { readonly rows: readonly GateRow[]; readonly plan: LoadPlan; readonly champion: boolean },
): Promise<Finding> {
  const bursts: Record<Arm, Burst[]> = { candidate: [], champion: [] }
  const arms: readonly Arm[] = champion ? ['champion', 'candidate'] : ['candidate']
  for (const arm of arms) await burst(copy, arm, { rows, rate: leastRate, millis: warmUpMillis })
  for (const rate of plan.rates)
    for (const arm of arms) {
      const first = await burst(copy, arm, { rows, rate, millis: plan.roundMillis })
      // What goes wrong once may be the machine; what is wrong with a release goes wrong again.
      const again = first.errors.length > 0 && arm === 'candidate'
      bursts[arm].push(again ? await burst(copy, arm, { rows, rate, millis: plan.roundMillis }) : first)
    }
  return judgeLoad(bursts.candidate, bursts.champion)
}

export function judgeLoad(candidate: readonly Burst[], champion: readonly Burst[]): Finding {
  const n = candidate.reduce((sum, { latencies, errors }) => sum + latencies.length + errors.length, 0)
  const errors = candidate.flatMap(each => each.errors)
  const alike = champion.flatMap(each => each.errors)
  if (errors.length > 0 && alike.length > 0)
    return undecided(
      `${errors.length} requests failed, and ${alike.length} of the champion's too: the machine is too busy`,
      'Verify again when less runs on the machine.',
      { n },
    )
  if (errors.length > 0)
    return failed(`${errors.length} of ${n} requests failed: ${errors[0]}`, 'Look at the log of the step.', {
      n,
    })
  const p99 = quantile(candidate, 0.99)
  if (champion.length === 0)
    return passed(`0 errors; p99 ${p99.toFixed(1)} ms; no champion to compare with`, { n })
  return compareArms(candidate, champion, n)
}

function compareArms(candidate: readonly Burst[], champion: readonly Burst[], n: number): Finding {
  const { p99Ratio, cpuRatio, p99FloorMs, cpuFloorMs } = loadLimits
  const [p99, base] = [quantile(candidate, 0.99), quantile(champion, 0.99)]
  const [cpu, cpuBase] = [meanCpu(candidate), meanCpu(champion)]
  const cpuText =
    cpu === null || cpuBase === null
      ? 'CPU not measured on this system'
      : `CPU ${cpu.toFixed(2)} against ${cpuBase.toFixed(2)} ms a request`
  const finding = `0 errors; p99 ${p99.toFixed(1)} against ${base.toFixed(1)} ms; ${cpuText}`
  const margin = `p99 ×${(p99 / base).toFixed(2)} of ${p99Ratio}${
    cpu === null || cpuBase === null ? '' : `, CPU ×${(cpu / cpuBase).toFixed(2)} of ${cpuRatio}`
  }`
  const dear = cpu !== null && cpuBase !== null && cpu > cpuRatio * cpuBase && cpu - cpuBase > cpuFloorMs
  const slow = p99 > p99Ratio * base && p99 - base > p99FloorMs
  if (!dear && !slow) return passed(finding, { n, margin })
  if (dear || slowerInEveryRound(candidate, champion))
    return failed(finding, 'A smaller model, or a deadline and machine that fit this one.', { n, margin })
  return undecided(
    `${finding}; the machine's own noise is as large`,
    'Verify again when less runs on the machine.',
    { n, margin },
  )
}

/**
 * Slower in each round at the 99th percentile. Where the champion's own rounds differ by as much, the machine is at work,
 * and the median must be slower in each round too.
 */
function slowerInEveryRound(candidate: readonly Burst[], champion: readonly Burst[]): boolean {
  const slower = (p: number) =>
    candidate.every((each, i) => {
      const beside = champion[i]
      return beside !== undefined && quantile([each], p) > loadLimits.p99Ratio * quantile([beside], p)
    })
  const own = champion.map(each => quantile([each], 0.99))
  const noisy = Math.max(...own) > loadLimits.p99Ratio * Math.min(...own)
  return slower(0.99) && (!noisy || slower(0.5))
}

function quantile(bursts: readonly Burst[], p: number): number {
  const all = bursts.flatMap(({ latencies }) => latencies).sort((a, b) => a - b)
  return all[Math.min(all.length - 1, Math.ceil(p * all.length) - 1)] ?? Number.POSITIVE_INFINITY
}

function meanCpu(bursts: readonly Burst[]): number | null {
  const measured = bursts.flatMap(({ cpuMillis }) => cpuMillis ?? [])
  return measured.length < bursts.length
    ? null
    : measured.reduce((sum, each) => sum + each, 0) / measured.length
}

interface BurstPlan {
  readonly rows: readonly GateRow[]
  readonly rate: number
  readonly millis: number
}

/** Sends at fixed times whatever comes back; latencies count from the intended time. */
async function burst(copy: IsolatedCopy, arm: Arm, { rows, rate, millis }: BurstPlan): Promise<Burst> {
  const count = Math.round((rate * millis) / 1000)
  const latencies: number[] = []
  const errors: string[] = []
  const pids = [copy.pid, ...((await copy.status(arm)).scorer?.pids ?? [])]
  const before = await cpuOf(pids)
  const start = performance.now()
  const send = async (at: number, row: GateRow): Promise<void> => {
    const answer = await copy.ask(arm, [row.request]).catch(() => undefined)
    const served = answer?.predictions[0]?.served_by
    if (answer?.status === 200 && served === 'model') latencies.push(performance.now() - at)
    else errors.push(`${answer?.status ?? 'no answer'} ${answer?.code ?? served ?? ''}`.trim())
  }
  const sent: Promise<void>[] = []
  for (let i = 0; i < count; i++) {
    const at = start + (i * 1000) / rate
    const wait = at - performance.now()
    if (wait > 1) await new Promise(resolve => setTimeout(resolve, wait))
    sent.push(send(at, rows[i % rows.length] as GateRow))
  }
  await Promise.all(sent)
  const after = await cpuOf(pids)
  const cpuMillis = before === null || after === null ? null : (after - before) / count
  return { latencies, errors, cpuMillis }
}

const tickMillis = 10

/** CPU time of processes so far, where /proc tells. */
async function cpuOf(pids: readonly number[]): Promise<number | null> {
  let ticks = 0
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    if (text === undefined) return null
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks * tickMillis
}
