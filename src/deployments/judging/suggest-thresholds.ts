import { join } from 'node:path'
import { type ThresholdOutcome, type ThresholdsReport, thresholdOutcomes } from '../../evaluation/index.ts'
import type { LadderKey, Proposal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Action, ActionContext } from '../../pipelines/index.ts'
import type { ColumnReader } from '../../training/index.ts'
import { layFiles } from '../gate/lay-files.ts'
import { jsonFile } from '../gate/step-json.ts'
import type { NoOrder, ThresholdsOrder } from '../releases/prepare-thresholds.ts'
import { halvesOf } from './halves.ts'
import { chosenThresholds } from './judge-parts.ts'
import { type HeldOutRows, readHeldOutRows } from './read-rows.ts'
import { type ScoredModel, type ScoringDependencies, scoreModel } from './score-model.ts'
import { thresholdProposals } from './threshold-proposals.ts'

export interface SuggestDependencies extends ScoringDependencies {
  readonly columns: ColumnReader
  /** The control plane as this step sees it. */
  readonly client: {
    prepare(deployment: string): Promise<ThresholdsOrder | NoOrder>
    propose(proposals: readonly Proposal[]): Promise<void>
    judge(outcome: ThresholdOutcome): Promise<void>
    /** The rule itself failed: it only observes from now on. */
    reportError(ladder: LadderKey, why: string): Promise<void>
  }
}

/**
 * `thresholds.suggest`: runs the rule of a deployment on the newest rows held out of what serves, judges former thresholds on
 * rows later than their application, and proposes what would move. Changes nothing that serves. Outputs `thresholds` (a
 * ThresholdsReport) and `suggested` (how many of what).
 */
export function suggestThresholdsAction(
  dependencies: (context: ActionContext) => Promise<SuggestDependencies>,
): Action {
  return async context => {
    const deps = await dependencies(context)
    const { deployment } = context.params as { readonly deployment: string }
    const order = await deps.client.prepare(deployment)
    if ('nothing' in order) return nothingToDo(order, context)
    const { held, scores } = await scoredRows(deps, order, context)
    const report = await reportOf(deps, order, { held, scores })
    // Outcomes first: a breach demotes the rule before it proposes again.
    const outcomes = outcomesOf(order, held, scores.scores)
    for (const outcome of outcomes) await deps.client.judge(outcome)
    const proposals = thresholdProposals(order, report)
    if (proposals.length > 0) await deps.client.propose(proposals)
    context.log(told(proposals.length, report.changes))
    const breaches = outcomes.filter(({ breach }) => breach).length
    context.log(
      `${outcomes.length} of ${order.applied.length} former thresholds judged, ${breaches} breached`,
    )
    const suggested = {
      proposed: proposals.length,
      changes: report.changes,
      judged: outcomes.length,
      breaches,
    }
    return {
      thresholds: await jsonFile(context, 'thresholds', report),
      suggested: { kind: 'json', value: suggested },
    }
  }
}

async function nothingToDo({ nothing }: NoOrder, context: ActionContext) {
  context.log(nothing)
  return {
    thresholds: await jsonFile(context, 'thresholds', null),
    suggested: { kind: 'json', value: { proposed: 0, nothing } },
  } as const
}

async function reportOf(
  { client }: SuggestDependencies,
  { request }: ThresholdsOrder,
  { held, scores }: { readonly held: HeldOutRows; readonly scores: ScoredModel },
): Promise<ThresholdsReport> {
  const { deployment, terms } = request
  const rule = terms.action?.rule
  try {
    const report = chosenThresholds({ request, held, challenger: scores, champion: null }, halvesOf(held))
    if (report !== null) return report
    throw new FettleError('BAD_PARAMETER', `"${deployment}" declares no rule of thresholds`)
  } catch (error) {
    const ladder = { rule: rule?.target.kind ?? '', segmentClass: rule?.per ?? '' }
    await client.reportError({ subject: `deployment:${deployment}`, ...ladder }, messageOf(error))
    throw error
  }
}

async function scoredRows(deps: SuggestDependencies, { request }: ThresholdsOrder, context: ActionContext) {
  const { set, candidate, terms } = request
  if (set === null) throw new FettleError('NO_ROWS_LEFT', 'no rows are known to choose thresholds from')
  const files = await layFiles(deps.objects, set.files, join(context.scratchFolder, 'rows'))
  const { action, entity } = terms
  const read = {
    ...{ task: request.task, candidate },
    terms: { ...(action ? { action } : {}), ...(entity === undefined ? {} : { entity }) },
  }
  const held = await readHeldOutRows(deps.columns, { request: read, set, files })
  context.log(
    `${held.rows.rows} held-out rows of ${set.id}, version ${candidate.version} of ${candidate.model}`,
  )
  const scores = await scoreModel(deps, { model: candidate, held, context })
  await scores.explainer?.close?.()
  return { held, scores }
}

function outcomesOf(
  { request, applied }: ThresholdsOrder,
  { rows }: HeldOutRows,
  scores: Float64Array,
): readonly ThresholdOutcome[] {
  const rule = request.terms.action?.rule
  if (rule === undefined) return []
  const listed = new Set(Object.keys(request.champion?.thresholdSet?.segments ?? {}))
  return thresholdOutcomes({ rows, scores, rule, listed }, applied)
}

function told(
  proposed: number,
  { kept, infeasible }: Readonly<Record<'kept' | 'infeasible', number>>,
): string {
  const rest = `${kept} still hold, ${infeasible} cannot be promised`
  return proposed === 0 ? `nothing to propose: ${rest}` : `${proposed} thresholds would move; ${rest}`
}
