import { join } from 'node:path'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import { compareModels } from '../../evaluation/index.ts'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { systemClock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { Action } from '../../pipelines/index.ts'
import type { Release } from '../../registry/index.ts'
import { openTestedScorer } from '../../serving/index.ts'
import { scoreLogged, spanOf } from '../batch/logged-vectors.ts'
import { layRelease } from '../batch/prepare.ts'
import { openDecisionLog } from '../decision-log.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'
import { clientOf } from './client-of.ts'

interface BackfillParams {
  readonly deployment: string
  readonly release: number
  /** `28d`: back from now. */
  readonly over: string
}

/** Decisions that fit into a step's memory with room to spare. */
const mostDecisions = 2_000_000

/** `batch.backfill`: a release on the vectors of what was answered, beside what was answered; output `comparison`. */
export function batchBackfillAction(dependencies: StepDependencies): Action {
  return async context => {
    const { deployment, release: number, over } = context.params as unknown as BackfillParams
    const client = clientOf(dependencies, context)
    const release = (await client.release(deployment, number)) as unknown as Release
    const plan = await client.servingPlan(deployment, number)
    const folder = join(context.scratchFolder, 'release')
    await layRelease(
      await openObjects(dependencies.providers, dependencies.folders),
      { release, plan },
      folder,
    )
    const { scorer } = await openTestedScorer(release, folder, scorerFactory)
    try {
      const { answered, again, times, columns, left } = await scoreLogged({
        ...{ release, scorer, most: mostDecisions, signal: context.signal },
        reader: openDecisionLog(dependencies.folders),
        since: systemClock.nowMicros() - parseDuration(over),
        onRows: rows =>
          context.progress({ done: rows, total: null, unit: 'decisions', message: 'scoring again' }),
      })
      const rows = answered.scores.length
      if (rows === 0)
        throw new FettleError(
          'NO_ROWS_LEFT',
          `no answer of "${deployment}" in ${over} has the columns of release ${number}`,
          {
            details: { left },
          },
        )
      const known = new Set(Object.keys(columns))
      const report = compareModels(
        {
          ...{ task: 'binary', rows, times, columns, labels: new Float64Array(rows).fill(Number.NaN) },
          hash: contentHash({ deployment, over, rows, last: Number(times[rows - 1] ?? 0) }),
        },
        {
          champion: { name: 'answered', ...answered },
          challenger: { name: `release ${number}`, ...again },
          slices: (release.contracts?.slices ?? []).filter(
            ({ of }) => of.kind === 'column' && known.has(of.column),
          ),
          names: release.features.request.filter(({ role }) => role === 'key').map(({ name }) => name),
        },
      )
      const { flips } = report.all
      context.log(`${rows} answers, ${spanOf(times)}; ${left} left out`)
      if (flips)
        context.log(
          `acted on by both ${flips.both}, only then ${flips.onlyChampion}, only by release ${number} ${flips.onlyChallenger}, by neither ${flips.neither}`,
        )
      return { comparison: { kind: 'json', value: JSON.parse(JSON.stringify({ ...report, left })) as Json } }
    } finally {
      await scorer.close()
    }
  }
}
