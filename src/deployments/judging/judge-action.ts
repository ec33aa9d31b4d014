import { join } from 'node:path'
import { resolveSlices } from '../../evaluation/index.ts'
import type { Action, ActionContext } from '../../pipelines/index.ts'
import type { ColumnReader } from '../../training/index.ts'
import type { JudgedSet, JudgeRequest } from '../gate/judge-params.ts'
import { layFiles } from '../gate/lay-files.ts'
import type { JudgedRelease } from '../gate/model.ts'
import { jsonFile, readJsonFile } from '../gate/step-json.ts'
import { judgeParts } from './judge-parts.ts'
import { readHeldOutRows, scorableOn } from './read-rows.ts'
import { type ScoringDependencies, scoreModel } from './score-model.ts'

export interface JudgeDependencies extends ScoringDependencies {
  readonly columns: ColumnReader
}

/**
 * `release.judge`: scores candidate and champion on the same held-out rows, chooses thresholds on one half and judges on
 * the other. Input `candidate` (a JudgeRequest), output `judged` (a JudgedRelease; null where no rows are known).
 */
export function judgeAction(dependencies: JudgeDependencies): Action {
  return async context => {
    const { value: request } = await readJsonFile<JudgeRequest>(context, 'candidate')
    const judged =
      request.set === null || request.unresolved.length > 0
        ? null
        : await judgeOn(request.set, { dependencies, request, context })
    return { judged: await jsonFile(context, 'judged', judged) }
  }
}

interface Judging {
  readonly dependencies: JudgeDependencies
  readonly request: JudgeRequest
  readonly context: ActionContext
}

async function judgeOn(set: JudgedSet, { dependencies, request, context }: Judging): Promise<JudgedRelease> {
  const { champion } = request
  const files = await layFiles(dependencies.objects, set.files, join(context.scratchFolder, 'rows'))
  const held = await readHeldOutRows(dependencies.columns, { request, set, files })
  context.log(`${held.rows.rows} held-out rows of ${[set.split, ...(set.later ?? [])].join(', ')}`)
  const score = (model: JudgeRequest['candidate']) => scoreModel(dependencies, { model, held, context })
  const challenger = await score(request.candidate)
  const comparable = champion !== null && scorableOn(set, champion)
  if (champion && !comparable)
    context.log('the champion takes columns that these rows have not: nothing is compared')
  const former = champion && comparable ? await score(champion) : null
  try {
    return await judgeParts({
      request,
      context,
      held,
      challenger,
      champion: former,
      cells: resolveSlices(held.rows, request.terms.slices ?? []),
    })
  } finally {
    await challenger.explainer?.close?.()
    await former?.explainer?.close?.()
  }
}
