import type { Json } from '../../kernel/canonical.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { EvaluationContent, KeptEvaluation } from '../../registry/index.ts'
import { toWireJson } from '../map/json.ts'
import { withoutUndefined } from '../map/optional.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'
import { versionOf } from './tracking-models.ts'

export function evaluationHandlers({
  evaluations,
}: Pick<Services, 'evaluations'>): Pick<Handlers, 'keepEvaluation' | 'evaluations' | 'evaluation'> {
  return {
    keepEvaluation: async ({ params, body, principal }) =>
      toWire(
        await evaluations.keep(versionOf(params), withoutUndefined(body) as EvaluationContent, principal),
      ),
    evaluations: async ({ params }) => ({
      items: (await evaluations.list(versionOf(params))).map(toWire),
    }),
    evaluation: async ({ params }) => {
      const found = await evaluations.get(versionOf(params), params.hash)
      const part = (json: Json | undefined) => (json === undefined ? null : toWireJson(json))
      return {
        ...toWire(found),
        report: toWireJson(found.report),
        comparison: part(found.comparison),
        contracts: part(found.contracts),
        fairness: part(found.fairness),
        importance: part(found.importance),
      }
    },
  }
}

const toWire = ({ hash, on, rowSet, rows, against, verdict, at, by }: KeptEvaluation) => ({
  ...{ hash, on, rowSet, rows, against, verdict, by },
  at: formatTimestamp(at),
})
