import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckData, SourceData } from '../../definitions/index.ts'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { type OfflineEngine, type OfflineSession, sourceRelation } from '../offline/ports.ts'
import { reachOf } from '../offline/reach.ts'
import { inDependencyOrder } from '../offline/source-plan.ts'
import { id, text } from '../offline/sql-text.ts'
import { checkDialect } from './dialect.ts'
import type { CheckFacts, Measure } from './model.ts'
import { badRow, quarantining } from './quarantine.ts'
import type { CheckReport, QuarantineFact } from './report.ts'
import { blockingRowChecks } from './row-judge.ts'
import { runTableChecks } from './run-table.ts'

/** Sources with checks, closed under reference. */
export interface SourceChecks {
  readonly sources: readonly SourceData[]
  /** Which of them to check; all with checks if left out. */
  readonly only?: readonly string[]
  readonly projectFolder: string
  /** Name of the source to a folder where its bad rows are kept; they are counted only if left out. */
  readonly quarantineFolder?: (source: string) => string
  readonly facts: (source: string) => CheckFacts
  /** What quarantined rows say they were found by. */
  readonly run: string
  readonly signal?: AbortSignal
  onTable?(title: string): void
}

/**
 * Runs the checks of sources on their raw rows, and keeps apart the rows that fail blocking checks of single values. A
 * source that selects from another sees it without what was kept apart there.
 */
export async function checkSources(engine: OfflineEngine, given: SourceChecks): Promise<CheckReport[]> {
  const checked = given.sources.filter(
    each => (each.checks?.length ?? 0) > 0 && (given.only?.includes(each.name) ?? true),
  )
  if (checked.length === 0) return []
  const session = await openSession(engine, given, checked)
  try {
    const reports: CheckReport[] = []
    for (const source of checked) {
      given.onTable?.(source.name)
      reports.push(await checkSource(engine, session, { given, source }))
    }
    return reports
  } finally {
    await session.close()
  }
}

async function openSession(
  engine: OfflineEngine,
  { sources, projectFolder, quarantineFolder, signal }: SourceChecks,
  checked: readonly SourceData[],
): Promise<OfflineSession> {
  const folders = checked.flatMap(each => (quarantineFolder ? [quarantineFolder(each.name)] : []))
  for (const folder of folders) await mkdir(folder, { recursive: true })
  const session = await quarantining(engine).open({
    projectFolder,
    reach: reachOf(sources, projectFolder, folders),
    ...(signal === undefined ? {} : { signal }),
  })
  try {
    await addChecked(session, sources, checked)
    return session
  } catch (error) {
    await session.close()
    throw error
  }
}

/** Every source as others see it, and beside it the raw rows of those that are checked. */
async function addChecked(
  session: OfflineSession,
  sources: readonly SourceData[],
  checked: readonly SourceData[],
): Promise<void> {
  const names = checked.flatMap(({ name, checks = [] }) => [
    name,
    ...checks.flatMap(({ params: { source } }) => (typeof source === 'string' ? [source] : [])),
  ])
  for (const source of inDependencyOrder(sources, names)) {
    await session.addSource(source, 'no')
    const { quarantine, ...whole } = source
    if (quarantine !== undefined && checked.includes(source))
      await session.addSource({ ...whole, name: rawName(source) }, 'no')
  }
}

function rawName({ name, quarantine }: SourceData): string {
  return quarantine === undefined ? name : `${name}__raw`
}

async function checkSource(
  engine: OfflineEngine,
  session: OfflineSession,
  { given, source }: { given: SourceChecks; source: SourceData },
): Promise<CheckReport> {
  const facts = given.facts(source.name)
  const relation = sourceRelation(rawName(source))
  const quarantine = await keepApart(session, { given, source, relation })
  return runTableChecks(session, {
    title: `source:${source.name}`,
    table: { relation, columns: source.columns, other: sourceRelation },
    checks: source.checks ?? [],
    facts,
    quarantine,
    query: check => queryApart(engine, check, { given, source }),
  })
}

interface OfSource {
  readonly given: SourceChecks
  readonly source: SourceData
}

/** Counts the rows that fail a blocking check, by the first one, and writes them to a Parquet file with their reason. */
async function keepApart(
  session: OfflineSession,
  { given, source, relation }: OfSource & { readonly relation: string },
): Promise<QuarantineFact | null> {
  const checks = blockingRowChecks(source)
  if (checks.length === 0) return null
  const dialect = checkDialect(session.dialect)
  const reason = `CASE ${checks.map(each => `WHEN ${badRow(each, source, dialect)} THEN ${dialect.sql.text(each.name)}`).join(' ')} END`
  const counted = await session.rows(`SELECT ${reason} AS reason, count(*) FROM ${id(relation)} GROUP BY 1`, [
    { name: 'reason', type: 'string' },
    { name: 'rows', type: 'int64' },
  ])
  const by = new Map(counted.map(([name, rows]) => [name, Number(rows)]))
  const of = counted.reduce((sum, [, rows]) => sum + Number(rows), 0)
  const rows = of - (by.get(null) ?? 0)
  const folder = given.quarantineFolder?.(source.name)
  const path = folder === undefined ? undefined : join(folder, 'rows.parquet')
  if (path !== undefined) await rm(path, { force: true })
  if (path !== undefined && rows > 0)
    await session.writeParquet(
      `SELECT *, ${dialect.sql.text(given.run)} AS __run, ${text(formatTimestamp(given.facts(source.name).now))} AS __at, ${reason} AS __reason, ${checksVersion(checks)} AS __checks FROM ${id(relation)} WHERE ${reason} IS NOT NULL`,
      path,
    )
  const reasons = Object.fromEntries(checks.map(each => [each.name, by.get(each.name) ?? 0]))
  return { rows, of, reasons, path: rows > 0 ? (path ?? null) : null }
}

/** Identity of what judged a row. */
function checksVersion(checks: readonly CheckData[]): string {
  return text(contentHash(checks as unknown as Json))
}

const queryRows = 10_000
const queryMs = 60_000

/** A check's own SQL runs in a session of its own, for a minute at most; what it does there touches nothing else. */
async function queryApart(
  engine: OfflineEngine,
  check: CheckData,
  { given, source }: OfSource,
): Promise<Measure> {
  if (engine.capabilities.withoutChecks?.includes(check.check))
    return { kind: 'error', code: 'ENGINE_UNSUPPORTED' }
  const limit = AbortSignal.timeout(queryMs)
  const session = await quarantining(engine).open({
    projectFolder: given.projectFolder,
    reach: reachOf(given.sources, given.projectFolder),
    signal: given.signal ? AbortSignal.any([given.signal, limit]) : limit,
  })
  try {
    await addChecked(session, given.sources, [source])
    const relation = sourceRelation(rawName(source))
    const sql = String(check.params['sql']).replaceAll('{rows}', id(relation))
    const [[found = 0n] = []] = await session.rows(
      `SELECT count(*) FROM (SELECT 1 FROM (${sql}) LIMIT ${queryRows})`,
      [{ name: 'rows', type: 'int64' }],
    )
    return { kind: 'rows', rows: Number(found), evaluated: Number(found), unexpected: Number(found) }
  } catch (error) {
    given.signal?.throwIfAborted()
    return {
      kind: 'error',
      code: limit.aborted ? 'TIMED_OUT' : isFettleError(error) ? error.code : 'SQL_ERROR',
    }
  } finally {
    await session.close()
  }
}
