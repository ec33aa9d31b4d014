import type { Json } from '../canonical.ts'
import { clusterBootstrap } from './bootstrap/cluster-bootstrap.ts'
import { boundCases } from './bounds/vector-cases.ts'
import { rankScores } from './labelled-scores.ts'
import { planAbsolute, powerAtMost, zeroEventRows } from './planning/absolute.ts'
import { planPaired } from './planning/paired.ts'
import { planSet } from './planning/plan.ts'
import { planUnpaired } from './planning/unpaired.ts'
import { isDefined, type Quantity, ratio, undefinedBecause } from './quantity.ts'
import { randomFrom } from './random.ts'
import { rocAuc } from './ranking.ts'
import { challengerShare, concentrationOf, sequentialCounts } from './sequential/count-mixture.ts'
import { type MeanLook, type SequentialLook, sequentialNormal } from './sequential/normal-mixture.ts'
import { sampleRatio } from './sequential/sample-ratio.ts'
import { sumOver } from './sum.ts'
import type { VectorCases, VectorInput } from './vector-cases.ts'
import { judgeCells } from './verdicts/judge-cells.ts'
import type { Cell, CellClaim, CellMeasurement, JudgedCell } from './verdicts/model.ts'

type Row = Readonly<Record<string, Json | undefined>>

function number(row: Row, name: string, absent = Number.NaN): number {
  return row[name] === undefined ? absent : Number(row[name])
}

function rows(value: Json | undefined): Row[] {
  return (Array.isArray(value) ? value : []) as Row[]
}

function generator(input: VectorInput): unknown {
  const seed = String(input['seed'])
  const [words, places] = [randomFrom(seed), randomFrom(seed)]
  return {
    state: words.seed,
    u32: Array.from({ length: 6 }, () => words.u32()),
    index: Array.from({ length: 12 }, () => places.index(number(input, 'clusters'))),
  }
}

interface PairedRecord {
  readonly cluster: number
  readonly old: number
  readonly new: number
  readonly label?: number
}

/** Every record as often as its entity was drawn. */
function repeated(records: readonly PairedRecord[], times: Uint8Array): PairedRecord[] {
  return records.flatMap(record => Array<PairedRecord>(times[record.cluster] ?? 0).fill(record))
}

function meanHarm(drawn: readonly PairedRecord[]): Quantity {
  return sumOver(drawn.length, row => (drawn[row]?.new ?? 0) - (drawn[row]?.old ?? 0)) / drawn.length
}

function aucHarm(drawn: readonly PairedRecord[]): Quantity {
  const labels = drawn.map(record => record.label ?? 0)
  const [before, after] = [
    rocAuc(rankScores({ labels, scores: drawn.map(record => record.old) })),
    rocAuc(rankScores({ labels, scores: drawn.map(record => record.new) })),
  ]
  if (!isDefined(before)) return before
  return isDefined(after) ? before - after : after
}

function bca(input: VectorInput): unknown {
  const records = rows(input['records']) as unknown as PairedRecord[]
  const harm = input['statistic'] === 'auc_harm' ? aucHarm : meanHarm
  const result = clusterBootstrap({
    clusters: Math.max(...records.map(record => record.cluster)) + 1,
    statistic: times => harm(repeated(records, times)),
    seed: String(input['seed']),
    replicates: number(input, 'replicates'),
    alpha: number(input, 'alpha'),
    leastClusters: 1,
  })
  if ('undefined' in result) return result
  const { pass, fail } = result.p(number(input, 'margin'))
  return { ...result, undefined_replicates: result.undefinedReplicates, p_pass: pass, p_fail: fail }
}

function measurementOf(row: Row): CellMeasurement {
  const n = number(row, 'n')
  if (row['x'] !== undefined) return { kind: 'rate', n, x: number(row, 'x') }
  return { kind: 'paired', n, b: number(row, 'b'), c: number(row, 'c') }
}

function claimOf(row: Row): CellClaim {
  switch (row['kind']) {
    case 'better':
      return { form: 'better', by: number(row, 'by', 0) }
    case 'at_most':
      return { form: 'atMost', limit: number(row, 'limit') }
    case 'at_least':
      return { form: 'atLeast', limit: number(row, 'limit') }
    default:
      return { form: row['kind'] === 'within' ? 'within' : 'noWorse', margin: number(row, 'margin') }
  }
}

function cellOf(row: Row): Cell {
  return {
    claim: claimOf(row),
    measurement: measurementOf(row),
    status: row['protected'] === true ? 'protected' : 'watched',
    better: row['better'] === 'higher' ? 'higher' : 'lower',
  }
}

function verdicts(input: VectorInput): unknown {
  const asked = rows(input['cells'])
  const { cells, release } = judgeCells(asked.map(cellOf), { alpha: number(input, 'alpha') })
  return { cells: cells.map((cell, index) => cellAnswer(cell, asked[index]?.['cell'])), release }
}

function cellAnswer(
  { pPass, pFail, pFailHolm, verdict, reason }: JudgedCell,
  cell: Json | undefined,
): unknown {
  return {
    ...{ cell, p_pass: pPass, p_fail: pFail, verdict },
    ...(pFailHolm === null ? {} : { p_fail_holm: pFailHolm }),
    ...(reason === null ? {} : { reason }),
  }
}

function power(input: VectorInput): unknown {
  const errors = { alpha: number(input, 'alpha'), beta: number(input, 'beta') }
  const absolute = { ...errors, limit: number(input, 'limit'), assumed: number(input, 'assumed') }
  switch (input['plan']) {
    case 'paired': {
      const [disagreement, margin] = [number(input, 'disagreement'), number(input, 'margin')]
      const plan = planPaired({
        ...errors,
        disagreement,
        margin,
        assumedHarm: number(input, 'assumed_harm', 0),
      })
      return { null_variance: plan.nullVariance, n: plan.n }
    }
    case 'unpaired': {
      const [pNew, pOld] = [number(input, 'p_new'), number(input, 'p_old')]
      const [margin, oldPerNew] = [number(input, 'margin'), number(input, 'old_per_new')]
      return { n_new: planUnpaired({ ...errors, pNew, pOld, margin, oldPerNew }) }
    }
    case 'at_most': {
      const found = powerAtMost(number(input, 'n'), absolute)
      return { largest_passing_x: found.largestPassing, power: found.power }
    }
    case 'at_most_smallest_n':
      return { n: planAbsolute(absolute) }
    case 'zero_events':
      return { n: zeroEventRows(absolute.limit, errors.alpha) }
    default:
      return setPlan(input)
  }
}

function setPlan(input: VectorInput): unknown {
  const { alpha, beta, zAlpha, zBeta } = planSet({
    protectedCells: number(input, 'protected_cells'),
    power: number(input, 'power'),
    alpha: number(input, 'alpha'),
    looks: number(input, 'looks'),
  })
  return { alpha_per_look: alpha, beta_per_cell: beta, z_alpha: zAlpha, z_beta: zBeta }
}

function shownLooks(looks: readonly SequentialLook[]): Record<string, unknown> {
  const first = looks.findIndex(look => look.harm)
  const shown = looks.map(({ logLambda, pHarm, ...rest }) => ({
    ...rest,
    log_lambda: logLambda,
    p_harm: pHarm,
  }))
  return { looks: shown, first_harm_look: first < 0 ? null : first + 1 }
}

function meanLook(input: VectorInput, look: Row): MeanLook {
  if (input['test'] === 'paired') {
    const { n, b, c } = { n: number(look, 'n'), b: number(look, 'b'), c: number(look, 'c') }
    const variance = number(input, 'variance_per_pair') / n
    return { estimate: ratio(b - c, n, 'no-rows'), variance, events: b + c }
  }
  const [n1, x1] = [number(look, 'n1'), number(look, 'x1')]
  const [n0, x0] = [number(look, 'n0'), number(look, 'x0')]
  if (n1 === 0 || n0 === 0) return { estimate: undefinedBecause('no-rows'), variance: 0, events: 0 }
  const variance = number(input, 'variance') / n1 + number(input, 'variance') / n0
  return { estimate: x1 / n1 - x0 / n0, variance, events: x1 + (x0 * n1) / n0 }
}

function sequentialMeans(input: VectorInput): unknown {
  const looks = rows(input['looks']).map(look => meanLook(input, look))
  const found = sequentialNormal(looks, {
    tau: number(input, 'tau'),
    margin: number(input, 'margin'),
    alpha: number(input, 'alpha'),
    minEvents: number(input, 'min_events', 25),
  })
  return shownLooks(found.map((look, index) => ({ ...look, V: varianceOf(looks[index]) })))
}

/** As a number, or why there is none. */
function varianceOf(look: MeanLook | undefined): Quantity {
  return look === undefined || !isDefined(look.estimate) ? undefinedBecause('no-rows') : look.variance
}

function sequentialEvents(input: VectorInput): unknown {
  const share = challengerShare(number(input, 'weight'), number(input, 'rate_ratio'))
  const looks = (input['looks'] as unknown as readonly [number, number][]).map(
    ([challenger, comparison]) => ({
      challenger,
      comparison,
    }),
  )
  return {
    theta0: share,
    concentration: concentrationOf([share, 1 - share]),
    ...shownLooks(sequentialCounts(looks, { share, alpha: number(input, 'alpha') })),
  }
}

function ratioOfUnits(input: VectorInput): unknown {
  const numbers = (name: string) => rows(input[name]).map(Number)
  const found = sampleRatio(numbers('bucket_widths'), numbers('units'))
  return {
    ...{ chi2: found.chiSquare, df: found.freedom, p: found.p, log_lambda: found.logLambda },
    ...{ decision: found.decision, live_alarm: found.liveAlarm },
  }
}

/** Known-answer tests of vectors/releases that this folder implements, by name of their file. */
export const releaseStatisticsCases: VectorCases = {
  ...boundCases,
  'cluster-bootstrap': input => (input['test'] === 'generator' ? generator(input) : bca(input)),
  verdicts: input => (input['cells'] === undefined ? undefined : verdicts(input)),
  power,
  'sequential-normal': sequentialMeans,
  'sequential-counts': sequentialEvents,
  'sample-ratio': ratioOfUnits,
}
