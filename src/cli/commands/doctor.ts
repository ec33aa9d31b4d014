import type { Command, CommandContext } from '../context.ts'
import { checks } from '../doctor/checks.ts'
import { runChecks } from '../doctor/run-checks.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderChecks } from '../render/doctor.ts'
import { renderReproducibility } from '../render/reproduction.ts'

export interface DoctorOptions {
  readonly reproducibility?: boolean
}

/** Every kept object is read. */
const deadlineMs = 30 * 60_000

export const run: Command<DoctorOptions> = async (context, { reproducibility }) => {
  if (reproducibility === true) return checkVersions(context)
  const results = await runChecks(checks({ folder: context.folder }))
  context.result({ checks: results }, () => renderChecks(results, context.io.paint))
  return results.some(({ verdict }) => verdict === 'fail') ? exitCodes.failed : exitCodes.done
}

async function checkVersions(context: CommandContext): Promise<ExitCode> {
  const { api } = await context.client({ deadlineMs })
  const { items } = await api.checkReproducibility({ body: {} })
  context.result({ items }, () => renderReproducibility(items))
  return items.some(each => each.missing.length > 0) ? exitCodes.failed : exitCodes.done
}
