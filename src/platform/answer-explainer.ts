import { join } from 'node:path'
import type { FrontOptions } from '../serving/index.ts'
import { explainedDecisions } from './decisions.ts'
import type { FrontRole } from './serving-roles.ts'

type Explain = NonNullable<NonNullable<FrontOptions['dialects']>['explain']>

/**
 * What a front says of decisions it has just made: it finds them in its own log, as the control plane would. Left out where
 * the log says less than it takes: DECISION_UNKNOWN.
 */
export function explainAnswers({ servingFolder }: Pick<FrontRole, 'servingFolder'>): Explain {
  let opened: ReturnType<typeof open> | undefined
  async function open() {
    const [{ createDecisionReader }, { openExplainer }] = await Promise.all([
      import('../serving/index.ts'),
      import('../evaluation/index.ts'),
    ])
    return explainedDecisions({
      reader: createDecisionReader(join(servingFolder, 'log')),
      releasesFolder: join(servingFolder, 'releases'),
      async openExplainer(folder, format) {
        const { scorerFactory } = await import('../adapters/scorers/index.ts')
        return openExplainer(folder, format, { scorers: scorerFactory })
      },
    })
  }
  return async ids => {
    opened ??= open()
    const decisions = await opened
    const explained: unknown[] = []
    for (const id of ids) {
      const { predictionId, score, baseline, rawScore, features, reasons } = await decisions.explain(id)
      const contributions = features.map(({ name, value, state, contribution }) => ({
        ...{ name, value, state, contribution },
      }))
      explained.push({
        prediction_id: predictionId,
        score,
        baseline,
        raw_score: rawScore,
        features: contributions,
        reasons,
      })
    }
    return explained
  }
}
