import type { Command } from '../context.ts'
import { checks } from '../doctor/checks.ts'
import { runChecks } from '../doctor/run-checks.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderChecks } from '../render/doctor.ts'

export const run: Command = async context => {
  const results = await runChecks(checks({ folder: context.folder }))
  context.result({ checks: results }, () => renderChecks(results, context.io.paint))
  return results.some(({ verdict }) => verdict === 'fail') ? exitCodes.failed : exitCodes.done
}
