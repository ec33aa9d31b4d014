import { createColumnReader } from '../../adapters/engines/duckdb/read-columns.ts'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import type { ProposalView } from '../../api/suggestions.ts'
import { suggestThresholdsAction, type ThresholdsOrder } from '../../deployments/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { Action } from '../../pipelines/index.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'
import { clientOf } from './client-of.ts'

/** Windows of veto are counted in seconds on the wire. */
const second = 1_000_000n

/** `thresholds.suggest`: the rule of a deployment on the newest rows, as suggestions. */
export function suggestAction(dependencies: StepDependencies): Action {
  return suggestThresholdsAction(async context => {
    const client = clientOf(dependencies, context)
    return {
      objects: await openObjects(dependencies.providers, dependencies.folders),
      scorers: scorerFactory,
      columns: createColumnReader(),
      client: {
        prepare: async name => (await client.prepareThresholds(name)) as unknown as ThresholdsOrder,
        propose: proposals =>
          client.propose(
            proposals.map(({ vetoWindow, expiresAt, ...proposal }) => ({
              ...(proposal as unknown as ProposalView),
              expiresAt: formatTimestamp(expiresAt),
              ...(vetoWindow === undefined ? {} : { vetoWindow: Number(vetoWindow / second) }),
            })),
          ),
        reportError: (ladder, why) => client.reportRuleError({ ...ladder, why: why.slice(0, 2_000) }),
        judge: ({ id, breach, details }) => client.judgeSuggestion(id, { breach, details }),
      },
    }
  })
}
