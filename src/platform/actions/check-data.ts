import { join, relative } from 'node:path'
import type { CheckData, SourceData } from '../../definitions/index.ts'
import {
  blockingSentence,
  type CheckFacts,
  type CheckReport,
  checkSources,
  checkTrainingSetFile,
  checkView,
  factsFrom,
  type OfflineEngine,
  type TrainingSetManifest,
  type ViewClosure,
} from '../../features/index.ts'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { type ErrorCode, FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { Action, ActionContext } from '../../pipelines/index.ts'
import { openEngine } from '../providers.ts'
import type { StepDependencies } from '../step-actions.ts'
import { clientOf } from './client-of.ts'
import { instant } from './instant.ts'

/** What a step checks: sources before they are read, views before they are loaded, or a finished training set. */
interface CheckParams {
  readonly now: string
  readonly closure: Pick<ViewClosure, 'sources' | 'views'>
  /** Versions of the sources, by name. */
  readonly versions: Readonly<Record<string, string>>
  /** Checks of the training set that is the input `set`. */
  readonly setChecks?: readonly CheckData[]
  readonly views?: boolean
}

/**
 * `features.check-data`: runs data checks, records their reports, keeps bad rows apart; output `report`. Fails with
 * CHECK_FAILED when a blocking check fails and CHECK_INCONCLUSIVE when one cannot be judged.
 */
export function checkDataAction(dependencies: StepDependencies): Action {
  return async context => {
    const params = context.params as unknown as CheckParams
    const client = clientOf(dependencies, context)
    const engine = await openEngine(dependencies.providers, { temporaryFolder: context.scratchFolder })
    try {
      const facts = async (table: string): Promise<CheckFacts> =>
        factsFrom(
          instant(params.now),
          (await client.checkReports(table)).map(each => each.report as unknown as CheckReport),
        )
      const reports = await reportsOf(engine, {
        params,
        context,
        facts,
        folder: join(dependencies.folders.root, 'quarantine'),
      })
      for (const report of reports) {
        context.log(reportLine(report))
        await client.recordCheckReport({
          table: report.table,
          at: formatTimestamp(instant(report.at)),
          report: JSON.parse(JSON.stringify(report)) as never,
        })
      }
      refuseBlocked(reports)
      return { report: { kind: 'json', value: JSON.parse(JSON.stringify({ tables: reports })) as Json } }
    } finally {
      await engine.close()
    }
  }
}

interface Checking {
  readonly params: CheckParams
  readonly context: ActionContext
  readonly facts: (table: string) => Promise<CheckFacts>
  readonly folder: string
}

async function reportsOf(engine: OfflineEngine, checking: Checking): Promise<readonly CheckReport[]> {
  const { params, context, facts, folder } = checking
  const { sources, views } = params.closure
  const shared = { sources, projectFolder: context.projectFolder, signal: context.signal }
  const set = context.inputs['set']
  const manifest = context.inputs['manifest']
  if (params.setChecks && set && set.kind !== 'json' && manifest?.kind === 'json') {
    const built = manifest.value as unknown as TrainingSetManifest
    return [
      await checkTrainingSetFile(engine, {
        ...shared,
        manifest: built,
        folder: set.path,
        checks: params.setChecks,
        facts: await facts(`trainingSet:${built.name}`),
      }),
    ]
  }
  const known = new Map<string, CheckFacts>()
  for (const { name } of sources.filter(each => each.checks?.length))
    known.set(name, await facts(`source:${name}`))
  const reports = await checkSources(engine, {
    ...shared,
    facts: name => known.get(name) ?? factsFrom(instant(params.now), []),
    quarantineFolder: name => join(folder, name, versionFolder(params, name)),
    run: context.run,
    onTable: name => context.progress({ done: 0, total: null, unit: 'tables', message: `checking ${name}` }),
  })
  const checked = params.views === true ? views.filter(each => each.checks?.length) : []
  const ofViews: CheckReport[] = []
  for (const view of checked)
    ofViews.push(await checkView(engine, { ...shared, view, facts: await facts(`featureView:${view.name}`) }))
  return [...reports, ...ofViews].map(report => withRelativePath(report, folder))
}

/** Rows of one version of a source under one set of checks are kept together. */
function versionFolder({ versions, closure }: CheckParams, name: string): string {
  const source: SourceData | undefined = closure.sources.find(each => each.name === name)
  const checks = (source?.checks ?? []) as unknown as Json
  return contentHash({ version: versions[name] ?? 'unversioned', checks }).slice(
    'sha256:'.length,
    'sha256:'.length + 16,
  )
}

function withRelativePath(report: CheckReport, folder: string): CheckReport {
  const { quarantine } = report
  if (!quarantine?.path) return report
  return { ...report, quarantine: { ...quarantine, path: relative(folder, quarantine.path) } }
}

function reportLine({ table, verdict, results, rows, quarantine }: CheckReport): string {
  const count = (state: string): number => results.filter(each => each.state === state).length
  const states = ['pass', 'warn', 'fail', 'error', 'not_evaluated'].flatMap(state =>
    count(state) === 0 ? [] : [`${count(state)} ${state.replace('_', ' ')}`],
  )
  const apart = quarantine === null ? '' : `; ${quarantine.rows} of ${quarantine.of} rows kept apart`
  return `${table}: ${verdict}, ${rows} rows, checks: ${states.join(', ')}${apart}`
}

function refuseBlocked(reports: readonly CheckReport[]): void {
  const refuse = (verdict: CheckReport['verdict'], code: ErrorCode, sentence: string): void => {
    const blocked = reports.filter(each => each.verdict === verdict)
    if (blocked.length === 0) return
    throw new FettleError(code, `${sentence}: ${blocked.map(blockingSentence).join('. ')}`, {
      hint: `Look at them: fettle checks show ${blocked[0]?.table}. Then mend the data or change the check.`,
      details: {
        tables: reports.map(({ table, verdict: of }) => ({ table, verdict: of })),
        sql: failingSql(reports),
      },
    })
  }
  refuse('fail', 'CHECK_FAILED', 'blocking checks fail')
  refuse('inconclusive', 'CHECK_INCONCLUSIVE', 'blocking checks could not be judged')
}

/** The SQL that finds the bad rows, by table and check. */
function failingSql(reports: readonly CheckReport[]): Record<string, string> {
  return Object.fromEntries(
    reports.flatMap(({ table, results }) =>
      results.flatMap(({ name, sql, severity, state }) =>
        sql !== undefined && severity === 'block' && state === 'fail' ? [[`${table} ${name}`, sql]] : [],
      ),
    ),
  )
}
