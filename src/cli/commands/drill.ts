import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderDrill } from '../render/rollout.ts'

/** A copy is laid down and its scorers started. */
const deadlineMs = 90_000

export const run: Command = async (context, _options, name = '') => {
  const { api } = await context.client({ deadlineMs })
  const report = await api.drillRollback({ name, body: {} })
  context.result(report, () => renderDrill(report))
  return report.ok ? exitCodes.done : exitCodes.failed
}
