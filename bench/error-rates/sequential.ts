import {
  challengerShare,
  chiSquareSf,
  type Random,
  randomFrom,
  sampleRatio,
  sequentialCounts,
  sequentialNormal,
} from '../../src/kernel/statistics/index.ts'
import { type Finding, share } from './claim.ts'
import { binomial, pairs } from './draws.ts'

const looks = 200

/** Paired outcomes at harm = margin, looked at after every 250 pairs. */
function pairedHarm(random: Random, margin: number): boolean {
  const [disagreement, each] = [0.02, 250]
  const variance = disagreement - margin ** 2
  let [n, b, c] = [0, 0, 0]
  const seen = Array.from({ length: looks }, () => {
    const drawn = pairs(random, each, { disagreement, harm: margin })
    n += each
    b += drawn.b
    c += drawn.c
    return { estimate: (b - c) / n, variance: variance / n, events: b + c }
  })
  return sequentialNormal(seen, { tau: margin || 0.005, margin, alpha: 0.05 }).some(look => look.harm)
}

/** Two arms with the same rate, 5 % of the traffic on the challenger. */
function armsHarm(random: Random): boolean {
  const rate = 0.02
  const [each, others] = [200, 3800]
  const variance = rate * (1 - rate)
  let [n1, x1, n0, x0] = [0, 0, 0, 0]
  const seen = Array.from({ length: looks }, () => {
    n1 += each
    n0 += others
    x1 += binomial(random, each, rate)
    x0 += binomial(random, others, rate)
    const events = x1 + (x0 * n1) / n0
    return { estimate: x1 / n1 - x0 / n0, variance: variance / n1 + variance / n0, events }
  })
  return sequentialNormal(seen, { tau: 0.005, margin: 0, alpha: 0.05 }).some(look => look.harm)
}

/** Rare events that fall on the challenger exactly at the allowed rate ratio. */
function countsHarm(
  random: Random,
  { weight, ratio }: { readonly weight: number; readonly ratio: number },
): boolean {
  const nullShare = challengerShare(weight, ratio)
  let [challenger, comparison] = [0, 0]
  const seen = Array.from({ length: looks }, () => {
    const more = binomial(random, 40, nullShare)
    challenger += more
    comparison += 40 - more
    return { challenger, comparison }
  })
  return sequentialCounts(seen, { share: nullShare, alpha: 0.05 }).some(look => look.harm)
}

/** Units assigned as the buckets promise; whether any look raised the live alarm. */
function ratioAlarm(random: Random): boolean {
  const widths = [500, 500, 9000]
  const units = [0, 0, 0]
  for (let look = 0; look < looks; look++) {
    assign(random, units)
    if (sampleRatio(widths, units).liveAlarm) return true
  }
  return false
}

function assign(random: Random, units: number[]): void {
  const first = binomial(random, 100, 0.05)
  const second = binomial(random, 100 - first, 0.05 / 0.95)
  units[0] = (units[0] ?? 0) + first
  units[1] = (units[1] ?? 0) + second
  units[2] = (units[2] ?? 0) + 100 - first - second
}

/** χ² at p < 0.001, wrongly looked at 1 000 times. */
function peekedChiSquare(random: Random): boolean {
  let [first, total] = [0, 0]
  for (let look = 0; look < 1000; look++) {
    total += 100
    first += binomial(random, 100, 0.5)
    const distance = (first - total / 2) ** 2 / (total / 4)
    if (distance > 10.8 && chiSquareSf(distance, 1) < 0.001) return true
  }
  return false
}

/** Always-valid tests at the null, looked at 200 times (releases.md §17, fifth row). */
export function sequentialTests(runs: number): Finding[] {
  const random = randomFrom('bench/sequential')
  const atNull = (claim: string, atMost: number, harm: () => boolean): Finding => ({
    claim: `${claim}, ${looks} looks`,
    target: { atMost },
    measured: share(runs, harm),
    runs,
  })
  return [
    atNull('normal mixture, paired, harm = margin', 0.05, () => pairedHarm(random, 0.005)),
    atNull('normal mixture, paired, margin 0, equal', 0.05, () => pairedHarm(random, 0)),
    atNull('normal mixture, two arms at 5 %, equal', 0.05, () => armsHarm(random)),
    atNull('count mixture, weight 5 %, equal', 0.05, () => countsHarm(random, { weight: 0.05, ratio: 1 })),
    atNull('count mixture, weight 1 %, at ratio 1.25', 0.05, () =>
      countsHarm(random, { weight: 0.01, ratio: 1.25 }),
    ),
    atNull('live sample ratio, three arms, alarm', 0.001, () => ratioAlarm(random)),
  ]
}

/** What a test that is not made for it does when peeked at: why χ² is not used live. */
export function peeking(runs: number): Finding {
  const random = randomFrom('bench/peeking')
  return {
    claim: 'χ² at p < 0.001 peeked at 1 000 times (why it is not used live): false alarms above',
    target: { atLeast: 0.01 },
    measured: share(runs, () => peekedChiSquare(random)),
    runs,
  }
}
