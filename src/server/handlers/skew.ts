import { skewFact } from '../../api/skew.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { fromWireJson } from '../map/json.ts'
import { instant } from '../map/tracking.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

export function skewHandlers({
  projects,
}: Pick<Services, 'projects'>): Pick<Handlers, 'recordSkewReport' | 'skewReport'> {
  return {
    recordSkewReport: async ({ body: { deployment, pipelineRun, at, ...rest } }) => {
      await projects.recordSkewReport({
        deployment,
        pipelineRun,
        at: instant(at, 'body.at'),
        report: fromWireJson(rest),
      })
      return {}
    },
    skewReport: async ({ params: { deployment } }) => {
      const found = await projects.latestSkewReport(deployment)
      if (found === undefined)
        throw new FettleError('SKEW_NOT_MEASURED', `the skew of "${deployment}" has not been measured`, {
          hint: `Measure it: fettle skew ${deployment}`,
        })
      const { report, pipelineRun, at } = found
      return skewFact.parse({ ...(report as object), deployment, pipelineRun, at: formatTimestamp(at) })
    },
  }
}
