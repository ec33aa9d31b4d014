import { FettleError } from '../../kernel/errors/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { plural } from '../render/text.ts'

/** Writes experiments, runs, models and files as a folder that MLflow's file store reads. */
export const run: Command = async (context, _options, kind = '', to = '') => {
  if (kind !== 'mlflow')
    throw new FettleError('USAGE', `"${kind}" is nothing that can be exported to`, {
      hint: 'Write fettle export mlflow FOLDER.',
    })
  const { exportMlflow } = await import('../../platform.ts')
  const report = await exportMlflow(context.server(), to)
  context.result({ to, ...report }, () => {
    const { experiments, runs, loggedModels, models, versions, files } = report
    return `Wrote ${plural(experiments, 'experiment')}, ${plural(runs, 'run')}, ${plural(loggedModels, 'logged model')}, ${plural(models, 'registered model')} with ${plural(versions, 'version')} and ${plural(files, 'file')} to ${to}.\n`
  })
  return exitCodes.done
}
