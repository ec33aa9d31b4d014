import { FettleError } from '../../kernel/errors/index.ts'
import type { ExportReport } from '../../platform.ts'
import type { Command } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { plural } from '../render/text.ts'

/** Writes experiments, runs, models and files as a folder that MLflow's file store reads, or into an MLflow server. */
export const run: Command = async (context, _options, kind = '', to = '') => {
  if (kind !== 'mlflow')
    throw new FettleError('USAGE', `"${kind}" is nothing that can be exported to`, {
      hint: 'Write fettle export mlflow FOLDER, or fettle export mlflow http://SERVER.',
    })
  if (/^https?:\/\//.test(to)) return toServer(context, to)
  const { exportMlflow } = await import('../../platform.ts')
  const report = await exportMlflow(context.server(), to)
  context.result({ to, ...report }, () => `Wrote ${counted(report)} to ${to}.\n`)
  return exitCodes.done
}

async function toServer(context: Parameters<Command>[0], to: string): Promise<ExitCode> {
  const { sendBackToMlflow } = await import('../../platform.ts')
  const { report, mapping } = await sendBackToMlflow(context.server(), to, context.folder)
  context.result({ to, mapping, ...report }, () =>
    [
      `Sent ${counted(report)} to ${to}; ${report.unchanged} unchanged.`,
      `Runs and logged models have other ids there: ${mapping} has both.`,
      ...(report.left.length === 0 ? [] : ['', 'Not taken:', ...report.left.map(line => `  ${line}`)]),
      '',
    ].join('\n'),
  )
  return report.left.length === 0 ? exitCodes.done : exitCodes.failed
}

function counted({ experiments, runs, loggedModels, models, versions, files }: ExportReport): string {
  return `${plural(experiments, 'experiment')}, ${plural(runs, 'run')}, ${plural(loggedModels, 'logged model')}, ${plural(models, 'registered model')} with ${plural(versions, 'version')} and ${plural(files, 'file')}`
}
