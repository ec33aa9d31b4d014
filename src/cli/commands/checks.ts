import type { CheckReportView } from '../../api/checks.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { renderCheckReports, renderSuggestions } from '../render/checks.ts'

export interface ChecksOptions {
  readonly by?: string
  readonly partitions?: 'day' | 'week' | 'month'
}

export const run: Command<ChecksOptions> = async (context, options, what, name) => {
  if (what === 'run') return runHere(context, name)
  if (what === 'show') return showLast(context, name)
  if (what === 'suggest') return suggest(context, options, name)
  throw new FettleError('USAGE', `fettle checks cannot ${what}`, {
    hint: 'It can run, show and suggest: fettle checks run',
  })
}

async function runHere(context: CommandContext, name: string | undefined) {
  const { projectChecks } = await import('../../platform.ts')
  const { checkProjectData } = await projectChecks()
  const reports = await checkProjectData(context.folder, name)
  context.result({ items: reports }, () => renderCheckReports(reports))
  return reports.some(each => each.verdict !== 'pass') ? exitCodes.failed : exitCodes.done
}

async function showLast(context: CommandContext, name: string | undefined) {
  if (name === undefined)
    throw new FettleError('USAGE', 'whose report shall be shown?', { hint: 'fettle checks show flights' })
  const client = await context.client()
  const tables = name.includes(':')
    ? [name]
    : ['source', 'featureView', 'trainingSet'].map(kind => `${kind}:${name}`)
  const pages = await Promise.all(tables.map(table => client.api.checkReports({ table, limit: 1 })))
  const reports = pages.flatMap(page => page.items.map(each => each.report as unknown as CheckReportView))
  if (reports.length === 0)
    throw new FettleError('REFERENCE_UNKNOWN', `no checks of "${name}" have run in a pipeline yet`, {
      hint: `Run them here and now: fettle checks run ${name}`,
    })
  context.result({ items: reports }, () => renderCheckReports(reports))
  return exitCodes.done
}

async function suggest(
  context: CommandContext,
  { by, partitions = 'week' }: ChecksOptions,
  source: string | undefined,
) {
  if (source === undefined || by === undefined)
    throw new FettleError('USAGE', 'suggest needs a source and the time column that cuts its past', {
      hint: 'fettle checks suggest flights --by departed_at',
    })
  const { projectChecks } = await import('../../platform.ts')
  const { suggestProjectChecks } = await projectChecks()
  const result = await suggestProjectChecks(context.folder, { source, by, partitions })
  context.result(result, () => renderSuggestions(source, { ...result, size: partitions }))
  return exitCodes.done
}
