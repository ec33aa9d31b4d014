import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eligibleScorers } from '../../adapters/scorers/index.ts'
import { type Finding, failed, type GateRow, passed } from '../../deployments/index.ts'
import { readTrees, type ServingPlan } from '../../evaluation/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Release } from '../../registry/index.ts'
import { type MeasuredScorer, measuredSizes, measureScorer } from './measure-scorer.ts'
import { parityRows } from './scorer-rows.ts'

/** A file of trees above this would keep a front for longer than 10 ms while it is read. */
const mostFrontBytes = 1024 * 1024
/** What one call may keep a front. */
const frontCallMicros = 1000
/** A batch may keep the next one waiting so long. */
const batchMicros = 100_000
const mostBatchRows = 512

export interface ScorerCheck {
  readonly release: Release
  /** Of the release's files. */
  readonly folder: string
  readonly rows: readonly GateRow[]
  /** Rows of each logged request, newest first; empty where nothing is logged. */
  readonly callSizes: readonly number[]
  readonly scratchFolder: string
  readonly signal: AbortSignal
  /** Default: in a process of its own. */
  readonly measure?: typeof measureScorer
}

export interface ChosenScorer {
  readonly finding: Finding
  /** Null where no scorer opens the model. */
  readonly plan: ServingPlan | null
}

type Measured = MeasuredScorer & { readonly scores: Float64Array }

/**
 * Every scorer that can score the release, each in a process of its own: the one that takes least CPU at the sizes of calls
 * that were seen is pinned. A scorer that is apart from the one the release was judged by, by more than its tolerance or in
 * one action, is out (releases.md §15).
 */
export async function chooseScorer(check: ScorerCheck): Promise<ChosenScorer> {
  const { release, folder, callSizes } = check
  const kinds = await eligibleScorers({ folder, format: release.model.format })
  const { measured, faults, n } = await measureAll(check, kinds)
  const [reference] = measured
  if (reference === undefined || reference.kind !== kinds[0])
    return {
      finding: failed(`no scorer opens it: ${faults.join('; ')}`, 'Export the model again.'),
      plan: null,
    }
  const compared = measured.map(each => ({
    ...each,
    apart: apart(release, reference.scores, each.scores),
    micros: rowMicros(each.callMicros, callSizes),
  }))
  const chosen = compared
    .filter(({ apart: { worst, flips } }) => worst <= release.tolerance && flips === 0)
    .reduce((best, each) => (each.micros < best.micros ? each : best))
  const plan = await planOf(check, chosen)
  const costs = compared.map(
    ({ kind, micros, apart: { worst, flips } }) =>
      `${kind} ${micros.toFixed(1)} µs a row, ${worst.toExponential(1)} and ${flips} actions apart`,
  )
  return {
    plan,
    finding: passed(
      [`${plan.kind} ${plan.build} in the ${plan.place}: ${costs.join('; ')}`, ...faults].join('; '),
      { n, margin: `${chosen.apart.worst.toExponential(1)} of ${release.tolerance}, 0 flips` },
    ),
  }
}

async function measureAll(
  { release, folder, rows, scratchFolder, signal, measure = measureScorer }: ScorerCheck,
  kinds: readonly string[],
): Promise<{
  readonly measured: readonly Measured[]
  readonly faults: readonly string[]
  readonly n: number
}> {
  const { format } = release.model
  const trees = kinds.includes('trees') ? await readTrees(folder).catch(() => undefined) : undefined
  const parity = parityRows(release, rows, trees)
  const vectorsFile = join(scratchFolder, 'parity.f64')
  await writeFile(vectorsFile, parity.vectors)
  const measured: Measured[] = []
  const faults: string[] = []
  for (const kind of kinds) {
    const scoresFile = join(scratchFolder, `parity-${kind}.f64`)
    const role = { folder, format, inputs: release.signature.inputs.length, kind, rows: parity.rows }
    try {
      measured.push(await measure({ ...role, vectorsFile, scoresFile }, signal))
    } catch (error) {
      signal.throwIfAborted()
      faults.push(`${kind} does not score it (${lastLine(messageOf(error))})`)
    }
  }
  return { measured, faults, n: parity.rows }
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

interface Apart {
  /** Largest difference of two scores; infinite where one is no number. */
  readonly worst: number
  /** Rows that one of the thresholds of the release acts on by one score and not by the other. */
  readonly flips: number
}

function apart(
  { action, thresholdSet }: Pick<Release, 'action' | 'thresholdSet'>,
  theirs: Float64Array,
  ours: Float64Array,
): Apart {
  const ofSegments = thresholdSet ? [thresholdSet.otherwise, ...Object.values(thresholdSet.segments)] : []
  const thresholds = action ? [action.threshold, ...ofSegments.map(({ value }) => value)] : []
  let worst = 0
  let flips = 0
  theirs.forEach((score, row) => {
    const other = ours[row] ?? Number.NaN
    const difference = Math.abs(score - other)
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    if (thresholds.some(threshold => score > threshold !== other > threshold)) flips += 1
  })
  return { worst, flips }
}

/** CPU of a row, in microseconds, over the calls that were seen; with none, over as many rows at each measured size. */
function rowMicros(callMicros: readonly number[], callSizes: readonly number[]): number {
  if (callSizes.length === 0) {
    const perRow = measuredSizes.map((size, at) => (callMicros[at] ?? Number.NaN) / size)
    return perRow.reduce((sum, each) => sum + each, 0) / perRow.length
  }
  const rows = callSizes.reduce((sum, size) => sum + size, 0)
  return callSizes.reduce((sum, size) => sum + callCost(callMicros, size), 0) / rows
}

/** Between two measured sizes along the line through them; beyond the last one by the row. */
function callCost(callMicros: readonly number[], size: number): number {
  const above = measuredSizes.findIndex(measured => measured >= size)
  const last = measuredSizes.length - 1
  const costAt = (place: number): number => callMicros[place] ?? Number.NaN
  if (above < 0) return (costAt(last) / (measuredSizes[last] as number)) * size
  if (above === 0) return costAt(0)
  const [from, to] = [measuredSizes[above - 1] as number, measuredSizes[above] as number]
  return costAt(above - 1) + ((costAt(above) - costAt(above - 1)) * (size - from)) / (to - from)
}

async function planOf(
  { release, folder }: ScorerCheck,
  { kind, build, callMicros, micros }: MeasuredScorer & { readonly micros: number },
): Promise<ServingPlan> {
  const [one = Number.NaN] = callMicros
  const perRow = (callMicros.at(-1) ?? Number.NaN) / (measuredSizes.at(-1) ?? 1)
  const file = kind === 'trees' ? 'trees.json' : kind === 'linear' ? 'linear.json' : undefined
  const bytes = file && (await stat(join(folder, file))).size
  // Whoever asks another server needs no process for it.
  const inFront = kind === 'oip' || (bytes !== undefined && bytes <= mostFrontBytes && one <= frontCallMicros)
  return {
    schema: 1,
    release: release.digest,
    kind,
    build,
    maxBatchRows: Math.max(1, Math.min(mostBatchRows, Math.floor(batchMicros / perRow))),
    place: inFront ? 'front' : 'child',
    microsPerRow: Number(micros.toPrecision(3)),
  }
}
