import { FettleError } from '../../kernel/errors/index.ts'
import type { CopyReport, ImportPlan, Verification } from '../../platform.ts'
import { confirm } from '../confirm.ts'
import type { Command } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { plural } from '../render/text.ts'

export interface ImportMlflowOptions {
  readonly artifacts?: string
  readonly plan?: boolean
  readonly yes?: boolean
  readonly verify?: boolean
}

/** A request may carry thousands of points. */
const deadlineMs = 10 * 60_000

/** Plans, asks, then takes over what an MLflow store recorded; again, it copies what changed. */
export const importMlflow: Command<ImportMlflowOptions> = async (
  context,
  options,
  from = '',
): Promise<ExitCode> => {
  if (from === '')
    throw new FettleError('USAGE', 'what to import from is missing', {
      hint: 'Write fettle import mlflow http://…, sqlite:///…, postgresql://… or an mlruns folder.',
    })
  const asks = options.plan !== true && options.yes !== true && !context.json
  if (asks && !context.io.interactive)
    throw new FettleError('USAGE', 'there is nobody to ask whether to import this', {
      hint: 'Add --yes to import without asking, or --plan to look only.',
    })
  const client = await context.client({ deadlineMs })
  const { openMlflowImport } = await import('../../platform.ts')
  const source = await openMlflowImport({
    from,
    ...(options.artifacts === undefined ? {} : { artifacts: options.artifacts }),
    ...context.server(),
    folder: context.folder,
    send: async items => (await client.api.importTracking({ body: { items: items as ImportItems } })).results,
  })
  try {
    const plan = await source.plan()
    if (options.plan === true) {
      context.result({ from: source.label, plan }, () => renderPlan(source.label, plan))
      return exitCodes.done
    }
    if (asks) {
      context.io.out(renderPlan(source.label, plan))
      if (!(await confirm('Import this?'))) return exitCodes.failed
    }
    const report = await source.copy(progressTo(context.io))
    const compared = options.verify === true ? await source.verify() : undefined
    context.result({ from: source.label, plan, report, ...(compared && { verified: compared }) }, () =>
      [renderReport(report, plan), ...(compared === undefined ? [] : [renderVerification(compared)])].join(
        '\n',
      ),
    )
    if (compared !== undefined && compared.differences.length > 0) return exitCodes.differs
    return report.refused.length === 0 ? exitCodes.done : exitCodes.failed
  } finally {
    await source.close()
  }
}

type ImportItems = Parameters<
  Awaited<ReturnType<Parameters<Command>[0]['client']>>['api']['importTracking']
>[0]['body']['items']

const everyMs = 2_000

function progressTo(io: Parameters<Command>[0]['io']): (report: CopyReport) => void {
  let last = io.now()
  return ({ runs, points, files }) => {
    if (io.now() - last < everyMs) return
    last = io.now()
    io.err(`  ${plural(runs, 'run')}, ${plural(points, 'point')}, ${plural(files, 'file')} …\n`)
  }
}

const counted = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([what, count]) => `  ${count} × ${what}`)

function renderPlan(from: string, plan: ImportPlan): string {
  const {
    experiments,
    runs,
    metricSeries,
    loggedModels,
    models,
    versions,
    files,
    conflicts,
    notMapped,
    unread,
  } = plan
  return `${[
    `From ${from}:`,
    `  ${plural(experiments, 'experiment')}, ${plural(runs, 'run')} with ${metricSeries} metric series`,
    `  ${plural(loggedModels, 'logged model')}, ${plural(models, 'registered model')} with ${plural(versions, 'version')}`,
    files === null
      ? '  files: counted as they are copied'
      : `  ${plural(files.count, 'file')}, ${files.bytes} bytes`,
    ...section(
      'Here already:',
      conflicts.map(line => `  ${line}`),
    ),
    ...section('Files that stay behind (runs and models):', counted(unread)),
    ...section('Not carried over:', counted(notMapped)),
  ].join('\n')}\n`
}

function renderReport(report: CopyReport, { notMapped }: ImportPlan): string {
  const { experiments, runs, points, loggedModels, models, versions, files, bytes, unchanged } = report
  return `${[
    `Imported ${plural(experiments, 'experiment')}, ${plural(runs, 'run')}, ${plural(points, 'point')}, ${plural(loggedModels, 'logged model')}, ${plural(models, 'registered model')} with ${plural(versions, 'version')}, ${plural(files, 'file')} (${bytes} bytes); ${unchanged} unchanged.`,
    ...section(
      'Experiments with another id here:',
      report.mapped.map(({ name, from, to }) => `  ${name}: ${from} → ${to}`),
    ),
    ...section('Files that stay behind (runs and models):', counted(report.unread)),
    ...section('Not carried over:', counted(notMapped)),
    ...section(
      'Refused:',
      report.refused.map(line => `  ${line}`),
    ),
    '',
    'Next: set MLFLOW_TRACKING_URI to this server; import again before the old one stops.',
  ].join('\n')}\n`
}

const shownDifferences = 50

function renderVerification(compared: Verification): string {
  const { runs, loggedModels, models, searches, running, differences } = compared
  const asked = `${plural(runs, 'run')}, ${plural(loggedModels, 'logged model')}, ${plural(models, 'registered model')}, answers to ${plural(searches, 'filter')}`
  return `${[
    `Compared ${asked}: ${differences.length === 0 ? 'no difference' : plural(differences.length, 'difference')}.`,
    ...(running === 0 ? [] : [`${plural(running, 'run')} of the sample still run there: not compared.`]),
    ...differences.slice(0, shownDifferences).map(line => `  ${line}`),
    ...(differences.length > shownDifferences ? ['  … (--json has all)'] : []),
  ].join('\n')}\n`
}

const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', title, ...lines])
