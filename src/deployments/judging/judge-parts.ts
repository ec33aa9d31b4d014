import {
  type CellHistory,
  type ComparisonReport,
  chooseThresholds,
  compareModels,
  evaluateRows,
  explainFlips,
  type Halves,
  historyOf,
  importanceOf,
  judgeContracts,
  judgeFairness,
  type ModelOutputs,
  mergeHistories,
  planContracts,
  type ResolvedSlice,
  type ThresholdsReport,
} from '../../evaluation/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { ActionContext } from '../../pipelines/index.ts'
import { vectorsOf } from '../../training/index.ts'
import type { JudgedTerms, JudgeRequest } from '../gate/judge-params.ts'
import type { JudgedRelease } from '../gate/model.ts'
import { judgingHalves } from './halves.ts'
import type { HeldOutRows } from './read-rows.ts'
import { outputsOf, type ScoredModel, thresholdsOf } from './score-model.ts'

export interface PartsRequest {
  readonly request: JudgeRequest
  readonly context: Pick<ActionContext, 'log' | 'progress' | 'signal'>
  readonly held: HeldOutRows
  readonly challenger: ScoredModel
  /** Null for a first release, or where the champion cannot be scored on these rows. */
  readonly champion: ScoredModel | null
  readonly cells: readonly ResolvedSlice[]
}

interface Outputs {
  readonly champion: ModelOutputs | null
  readonly challenger: ModelOutputs
  readonly halves: Halves
}

/** Thresholds first, then everything that rests on what would be done by them. */
export async function judgeParts(parts: PartsRequest): Promise<JudgedRelease> {
  const { request, held, challenger, champion } = parts
  const halves = judgingHalves(held, request)
  const thresholds = step(parts, 'choosing thresholds', () => chosenThresholds(parts, halves))
  const outputs: Outputs = {
    halves,
    challenger: outputsOf(held, challenger.scores, thresholds?.set ?? thresholdsOf(request.candidate)),
    champion:
      champion && request.champion ? outputsOf(held, champion.scores, thresholdsOf(request.champion)) : null,
  }
  const history = step(parts, 'counting cells', () => historyNow(parts, outputs))
  return {
    evaluation: step(parts, 'evaluating', () => evaluated(parts, outputs)),
    comparison: await step(parts, 'comparing', () => compared(parts, outputs)),
    thresholds,
    contracts: step(parts, 'judging contracts', () => judged(parts, outputs)),
    plan: planned(request, history),
    history,
    fairness: step(parts, 'measuring groups', () => fairness(parts, outputs)),
    importance: await step(parts, 'explaining', () => importance(parts)),
  }
}

const stages = 7

/** Tells what is done next; a cancelled run stops between two. */
function step<Result>({ context }: PartsRequest, message: string, work: () => Result): Result {
  context.signal.throwIfAborted()
  const begun = Date.now()
  context.progress({ done: 0, total: stages, unit: 'parts', message })
  const result = work()
  if (!(result instanceof Promise)) context.log(`${message}: ${Date.now() - begun} ms`)
  return result
}

export function chosenThresholds(
  { request, held, challenger, champion }: Pick<PartsRequest, 'request' | 'held' | 'challenger' | 'champion'>,
  halves: Halves,
): ThresholdsReport | null {
  const { action } = request.terms
  if (action?.rule === undefined || request.thresholds !== 'choose') return null
  return chooseThresholds({
    rows: held.rows,
    scores: challenger.scores,
    ...halves,
    rule: action.rule,
    action: action.name,
    start: request.champion?.action?.threshold ?? action.threshold,
    former: request.champion?.thresholdSet ?? null,
    ...(champion ? { formerScores: champion.scores } : {}),
  })
}

function evaluated({ request, held, challenger }: PartsRequest, outputs: Outputs) {
  const { slices = [], costs } = request.terms
  return evaluateRows(held.rows, outputs.challenger, {
    split: request.set ? [request.set.split, ...(request.set.later ?? [])].join(', ') : '',
    scorer: challenger.scorer,
    slices,
    search: searched(held, request.terms),
    ...(costs ? { costs } : {}),
  })
}

async function compared(
  { request, held, challenger, champion }: PartsRequest,
  outputs: Outputs,
): Promise<ComparisonReport | null> {
  if (!outputs.champion || !champion || !request.champion) return null
  const { slices = [], costs } = request.terms
  const report = compareModels(held.rows, {
    champion: {
      ...outputs.champion,
      name: `release ${request.champion.release} (version ${request.champion.version})`,
    },
    challenger: { ...outputs.challenger, name: `version ${request.candidate.version}` },
    slices,
    names: held.names,
    search: searched(held, request.terms),
    ...(costs ? { costs } : {}),
  })
  const { inputs, columns } = challenger
  const alike = champion.inputs.join('\n') === inputs.join('\n')
  return explainFlips(report, {
    features: inputs,
    vector: row => Float64Array.from(columns, column => column[row] ?? Number.NaN),
    challenger: challenger.explainer,
    champion: alike ? champion.explainer : undefined,
  })
}

/** Where slices that nobody declared are looked for: among inputs and what the rows are sliced by. */
function searched({ inputs, rows }: HeldOutRows, { slices = [] }: JudgedTerms): readonly string[] {
  const sliced = slices.flatMap(({ of }) =>
    of.kind === 'column' || of.kind === 'members' ? [of.column] : [],
  )
  return [...Object.keys(inputs), ...sliced.filter(column => column in rows.columns)]
}

function judged(parts: PartsRequest, { champion, challenger, halves }: Outputs) {
  const { request, held, cells } = parts
  const { slices = [], contracts = [], costs, fairness } = request.terms
  if (contracts.length === 0) return null
  return judgeContracts({
    rows: held.rows,
    champion,
    challenger,
    ...halves,
    contracts,
    slices,
    cells,
    stage: 'offline',
    observed: request.observed,
    basis: basisOf(parts),
    ...(costs ? { costs } : {}),
    ...(fairness?.minDenominator === undefined ? {} : { minDenominator: fairness.minDenominator }),
  })
}

/** Cells with the champion's rates, or those of a first release, and how far the two disagree. */
function historyNow({ request, held }: PartsRequest, { champion, challenger, halves }: Outputs) {
  const { slices = [], contracts = [] } = request.terms
  if (contracts.length === 0) return []
  return historyOf({
    rows: held.rows,
    ...(champion ? { champion, challenger } : { champion: challenger }),
    judge: halves.judge,
    slices,
  })
}

/** Planned again on the rows that judge, with the disagreement of the last three pairs, this one among them. */
function planned({ terms, history, observed }: JudgeRequest, now: readonly CellHistory[]) {
  const { slices = [], contracts = [] } = terms
  const former = history === null ? [] : [history]
  return planContracts({ contracts, slices, history: mergeHistories([now, ...former]), observed })
}

/** `rows of late_flights (ds-…), 2001-04-01 to 2001-05-10`. */
function basisOf({ request, held }: PartsRequest): string {
  const times = held.rows.times?.filter(time => !Number.isNaN(time)) ?? new Float64Array()
  const day = (time: number) => formatTimestamp(BigInt(Math.trunc(time))).slice(0, 10)
  const span =
    times.length === 0
      ? ''
      : `, ${day(times.reduce((a, b) => Math.min(a, b)))} to ${day(times.reduce((a, b) => Math.max(a, b)))}`
  return `held-out rows of ${request.set?.name} (${request.set?.id})${span}`
}

function fairness({ request, held, challenger }: PartsRequest, outputs: Outputs) {
  const { fairness, contracts } = request.terms
  if (!fairness) return null
  return judgeFairness({
    rows: held.rows,
    judge: outputs.halves.judge,
    actions: outputs.challenger.actions,
    scores: challenger.scores,
    fairness,
    features: held.inputs,
    ...(contracts ? { contracts } : {}),
  })
}

async function importance({ held, challenger, cells }: PartsRequest) {
  const { explainer, inputs, columns } = challenger
  if (!explainer) return null
  const { rows, hash } = held.rows
  return importanceOf({
    explainer,
    inputs,
    vectors: vectorsOf(columns, 0, rows),
    rows,
    slices: cells,
    rowSet: hash,
  })
}
