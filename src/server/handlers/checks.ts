import { formatTimestamp } from '../../kernel/time.ts'
import { fromWireJson, toWireJson } from '../map/json.ts'
import { instant } from '../map/tracking.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

export function checkHandlers({
  projects,
}: Pick<Services, 'projects'>): Pick<Handlers, 'recordCheckReport' | 'checkReports'> {
  return {
    recordCheckReport: async ({ body }) => {
      const at = instant(body.at, 'body.at')
      await projects.recordCheckReport({ ...body, at, report: fromWireJson(body.report) })
      return {}
    },
    checkReports: async ({ query: { table, limit = 50 } }) => {
      const reports = await projects.listCheckReports(table, limit)
      return {
        items: reports.map(({ report, pipelineRun, at }) => ({
          table,
          pipelineRun,
          at: formatTimestamp(at),
          report: toWireJson(report),
        })),
      }
    },
  }
}
