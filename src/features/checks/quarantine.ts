import type { CheckData, SourceData } from '../../definitions/index.ts'
import type { OfflineEngine, OfflineSession } from '../offline/ports.ts'
import { openScans, scanView } from '../offline/scan-view.ts'
import { all, id } from '../offline/sql-text.ts'
import { type CheckDialect, checkDialect } from './dialect.ts'
import { blockingRowChecks } from './row-judge.ts'
import { rowConditions, whereSql } from './row-sql.ts'

/** Share of a batch that may be kept apart; above it the batch fails. */
export const quarantineBudget = 0.05

/** The source with the names of the checks whose bad rows are invisible, so that they are part of what is computed. */
export function quarantined<Source extends SourceData>(source: Source): Source {
  const names = blockingRowChecks(source).map(each => each.name)
  return names.length === 0 ? source : { ...source, quarantine: names }
}

/** Condition of the rows that fail a check; a tombstone says nothing that could be bad. Never null. */
export function badRow(
  check: CheckData,
  source: Pick<SourceData, 'columns' | 'deleted'>,
  dialect: CheckDialect,
): string {
  const alive = source.deleted === undefined ? [] : [`${id(source.deleted)} IS NOT true`]
  const { evaluated, bad } = rowConditions(check, source.columns, { dialect })
  return `coalesce(${all([...alive, whereSql(check, source.columns, dialect), evaluated, bad])}, false)`
}

/** The engine, with rows that fail a blocking check of their source invisible to all that reads on. */
export function quarantining(inner: OfflineEngine): OfflineEngine {
  const engine: OfflineEngine = {
    ...inner,
    open: async options => withoutQuarantined(await inner.open(options)),
    scanView: request => scanView(engine, request),
    openScans: (closure, options) => openScans(engine, closure, options),
  }
  return engine
}

function withoutQuarantined(session: OfflineSession): OfflineSession {
  return {
    ...session,
    addSource(source, keep, where) {
      const bad = (source.checks ?? [])
        .filter(each => source.quarantine?.includes(each.name))
        .map(each => badRow(each, source, checkDialect(session.dialect)))
      if (bad.length === 0) return session.addSource(source, keep, where)
      const good = bad.map(each => `NOT ${each}`)
      return session.addSource(source, keep, all([...good, ...(where === undefined ? [] : [where])]))
    },
  }
}
