import type { ContractData } from '../../src/definitions/index.ts'
import { guardedArms, readGuards } from '../../src/deployments/evidence/guards.ts'
import { harmCells } from '../../src/deployments/evidence/harm.ts'
import type { GuardReading, HarmCell } from '../../src/deployments/evidence/model.ts'
import { unitRatio } from '../../src/deployments/evidence/unit-counts.ts'
import { grow, wholeTraffic } from '../../src/deployments/rollouts/traffic-ranges.ts'
import type { ContractCell, JudgedRows, ResolvedSlice } from '../../src/evaluation/index.ts'
import { bucketCount, bucketOf } from '../../src/kernel/assignment.ts'
import { chiSquareSf, type Random, randomFrom } from '../../src/kernel/statistics/index.ts'
import { type Finding, share } from './claim.ts'
import { binomial } from './draws.ts'

const looks = 200
const each = 25
const rate = 0.1

/** What both did on the rows so far, and who asked. */
interface Rows {
  readonly champion: Uint8Array
  readonly challenger: Uint8Array
  readonly arms: Uint8Array
  readonly customers: Int32Array
}

/** Pairs whose true harm is the margin; a third of the rows is of customers who come again and again. */
function drawPairs(random: Random, { disagreement, harm }: { disagreement: number; harm: number }): Rows {
  const rows = emptyRows()
  for (let row = 0; row < looks * each; row++) {
    const differs = random.unit() < disagreement
    const own = Number(differs ? random.unit() < (1 + harm / disagreement) / 2 : random.unit() < rate)
    rows.challenger[row] = own
    rows.champion[row] = differs ? 1 - own : own
    rows.customers[row] = customerOf(random, row)
  }
  return rows
}

/** Two arms of the same rate, a quarter of the rows on the challenger's. */
function drawArms(random: Random): Rows {
  const rows = emptyRows()
  for (let row = 0; row < looks * each; row++) {
    rows.arms[row] = Number(random.unit() < 0.25)
    rows.champion[row] = Number(random.unit() < rate)
    rows.challenger[row] = rows.champion[row] as number
    rows.customers[row] = row
  }
  return rows
}

function emptyRows(): Rows {
  const size = looks * each
  return {
    champion: new Uint8Array(size),
    challenger: new Uint8Array(size),
    arms: new Uint8Array(size),
    customers: new Int32Array(size),
  }
}

function customerOf(random: Random, row: number): number {
  return random.unit() < 1 / 3 ? random.index(200) : 200 + row
}

const contract: ContractData = {
  name: 'acts',
  claim: { form: 'noWorse', metric: 'action_rate', margin: 0.01 },
  slices: ['all'],
  status: 'protected',
  stage: 'shadow',
}

/** The whole, and two halves of it: three cells of one family. */
function cellsOf(rows: number): readonly ResolvedSlice[] {
  const where = (name: string, holds: (row: number) => boolean): ResolvedSlice => ({
    ...{ name, slice: name, value: null },
    rows: Int32Array.from({ length: rows }, (_, row) => row).filter(holds),
  })
  return [where('all', () => true), where('even', row => row % 2 === 0), where('odd', row => row % 2 === 1)]
}

/** Whether any look at growing rows found harm, by the code that looks at rollouts. */
function findsHarm(drawn: Rows, { margin, isPaired }: { margin: number; isPaired: boolean }): boolean {
  let before: readonly HarmCell[] = []
  for (let look = 1; look <= looks; look++) {
    const n = look * each
    const dictionary: string[] = Array.from({ length: 200 + looks * each }, () => '')
    const rows: JudgedRows = {
      ...{ task: 'binary', rows: n, hash: '', columns: {} },
      labels: new Float64Array(n).fill(Number.NaN),
      entities: { codes: drawn.customers.subarray(0, n), dictionary },
    }
    const outputs = (actions: Uint8Array) => ({
      scores: new Float64Array(n),
      actions: actions.subarray(0, n),
    })
    const cells = cellsOf(n)
    before = harmCells({
      ...{ rows, cells, isPaired, before },
      champion: outputs(drawn.champion),
      challenger: outputs(drawn.challenger),
      arms: drawn.arms.subarray(0, n),
      judged: cells.map(cell => judgedCell(cell.name, margin)),
      contracts: [contract],
      costs: { falsePositive: 0, falseNegative: 0 },
      history: null,
    })
    if (before.some(cell => cell.harmed)) return true
  }
  return false
}

function judgedCell(slice: string, margin: number): ContractCell {
  const none = { undefined: 'simulated' }
  return {
    ...{ contract: 'acts', claim: '', form: 'noWorse', slice, status: 'protected', metric: 'action_rate' },
    ...{ rows: 0, matured: 0, effective: 0, champion: none, challenger: none, estimate: none },
    ...{ lower: none, upper: none, margin, pPass: none, pFail: none, pFailHolm: null },
    ...{ verdict: 'inconclusive', reason: null, planned: null, needed: null, advice: '' },
  }
}

const releases = { champion: { release: 1, digest: 'old' }, challenger: { release: 2, digest: 'new' } }

/** Errors and slow replies at a rate ratio, and degraded replies at a share, at a weight of 5 %. */
function breaks(random: Random, { ratio, degraded }: { ratio: number; degraded: number }): boolean {
  const [old, own] = [
    { arm: 'champion', release: 1, requests: 0, errors: 0, slow: 0, degraded: 0 },
    { arm: 'challenger', release: 2, requests: 0, errors: 0, slow: 0, degraded: 0 },
  ]
  let before: readonly GuardReading[] = []
  for (let look = 0; look < looks; look++) {
    const requests = binomial(random, 2000, 0.05)
    const add = (arm: typeof old, more: number, times: number): void => {
      arm.requests += more
      arm.errors += binomial(random, more, 0.01 * times)
      arm.slow += binomial(random, more, 0.01 * times)
    }
    add(own, requests, ratio)
    own.degraded += binomial(random, requests, degraded)
    add(old, 2000 - requests, 1)
    before = readGuards(guardedArms([old, own], releases), before)
    if (before.some(guard => guard.state === 'breached')) return true
  }
  return false
}

/** Units that come as the buckets promise; whether any look calls a mismatch. */
function mismatches(random: Random): boolean {
  const widths = { champion: 9000, challenger: 500, control: 500 }
  const units = { champion: 0, challenger: 0, control: 0 }
  for (let look = 0; look < looks; look++) {
    const first = binomial(random, 100, 0.05)
    const second = binomial(random, 100 - first, 0.05 / 0.95)
    units.challenger += first
    units.control += second
    units.champion += 100 - first - second
    if (unitRatio(units, { weight: 5, widths })?.state === 'mismatch') return true
  }
  return false
}

/** Error rates of what a rollout is watched by, at the null and looked at 200 times (releases.md §17, fifth row). */
export function rolloutLooks(runs: number): Finding[] {
  const random = randomFrom('bench/rollouts')
  const atNull = (claim: string, atMost: number, happened: () => boolean): Finding => ({
    claim: `${claim}, ${looks} looks`,
    target: { atMost },
    measured: share(runs, happened),
    runs,
  })
  const paired = (disagreement: number, harm: number) =>
    findsHarm(drawPairs(random, { disagreement, harm }), { margin: harm, isPaired: true })
  return [
    atNull('harm, 3 cells of pairs, true harm = margin', 0.05, () => paired(0.04, 0.01)),
    atNull('harm, 3 cells of pairs, margin 0, equal', 0.05, () => paired(0.04, 0)),
    atNull('harm, 3 cells of two arms, equal', 0.05, () =>
      findsHarm(drawArms(random), { margin: 0, isPaired: false }),
    ),
    atNull('guards, rate ratio 1.25 and 1 % degraded', 0.05, () =>
      breaks(random, { ratio: 1.25, degraded: 0.01 }),
    ),
    atNull('guards, equal arms', 0.05, () => breaks(random, { ratio: 1, degraded: 0.002 })),
    atNull('live sample ratio, three arms', 0.001, () => mismatches(random)),
  ]
}

/** Power beside the error rates: harm that must be found. */
export function rolloutHarm(runs: number): Finding[] {
  const random = randomFrom('bench/rollout-harm')
  return [
    {
      claim: `harm, 3 cells of pairs, true harm = 3 × margin, found within ${looks} looks`,
      target: { atLeast: 0.9 },
      measured: share(runs, () =>
        findsHarm(drawPairs(random, { disagreement: 0.04, harm: 0.03 }), { margin: 0.01, isPaired: true }),
      ),
      runs,
    },
    {
      claim: `guards, four times the errors, found within ${looks} looks`,
      target: { atLeast: 0.9 },
      measured: share(runs, () => breaks(random, { ratio: 4, degraded: 0 })),
      runs,
    },
  ]
}

/** Sticky assignment (releases.md §17, sixth row): even groups of buckets, and no key that leaves while an arm grows. */
export function stickyAssignment(keys: number): Finding[] {
  const groups = 100
  const counts = new Float64Array(groups)
  const buckets = Int32Array.from({ length: keys }, (_, key) => bucketOf('bench-1', `customer-${key}`))
  for (const bucket of buckets) {
    const group = Math.floor((bucket * groups) / bucketCount)
    counts[group] = (counts[group] as number) + 1
  }
  const expected = keys / groups
  const distance = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  let ranges = wholeTraffic
  let [left, former] = [0, new Set<number>()]
  for (let percent = 1; percent <= 50; percent++) {
    ranges = grow(ranges, 'challenger', (percent * bucketCount) / 100)
    const owned = new Set(ranges.arms.get('challenger'))
    for (const bucket of buckets) left += Number(former.has(bucket) && !owned.has(bucket))
    former = owned
  }
  return [
    {
      claim: `sticky assignment of ${keys} keys: p of χ² over 100 groups`,
      target: { atLeast: 0.001 },
      measured: chiSquareSf(distance, groups - 1),
    },
    {
      claim: 'keys that leave the challenger from 1 to 50 %, as a share',
      target: { atMost: 0 },
      measured: left / keys,
    },
  ]
}
