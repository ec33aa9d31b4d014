import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { nearestFirst } from '../../kernel/nearest.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import { eraseFromSegment } from '../erasure/journal.ts'
import { erasedRows, keyedSources } from '../erasure/source-rows.ts'
import { erasedKeys, type SuppressionList } from '../erasure/suppression-list.ts'
import { type ErasureGuard, type IsErased, suppressed } from '../online/erasure.ts'
import type { OnlineView } from '../online/model.ts'
import type { OnlineStore } from '../online/ports.ts'
import { acceptSource, type PushReport, pushBatches, pushSource, type SourceWrite } from '../online/push.ts'
import type { PushRow, Rejection } from '../online/push-rows.ts'
import { type Channel, forgetOld, openChannel, type Unsettled } from './channel.ts'
import type { BatchRecord } from './journal/records.ts'
import { allBatches, listSegments } from './journal/segments.ts'
import type { FeatureCatalog, FeatureWriteReport, FeatureWriteRequest } from './model.ts'
import { rowsFor } from './rows-for.ts'
import { refusedReport, wholeReport } from './write-report.ts'

/** Rows of one write. */
export const maxWriteRows = 100_000
const retryMillis = 1_000
/** Rows of waiting writes that are written to the store in one update. */
const rowsTogether = 10_000

export interface WriteOptions {
  readonly store: OnlineStore
  catalog(): FeatureCatalog
  /** One folder per source below it. */
  readonly journalFolder: string
  /** Keys that may not come back. */
  readonly guard?: ErasureGuard
  /** When the service was opened. */
  readonly now: Micros
  /** One line about what could not be done. */
  readonly report: (line: string) => void
}

export interface Writes {
  write(request: FeatureWriteRequest): Promise<FeatureWriteReport>
  /** Brings into the store what is in the journals and may not be in it, as far as the catalog knows the sources. */
  settleAll(): Promise<void>
  rebuild(): Promise<number>
  /** Takes the rows of erased keys out of the journals; they are no longer written to the store either. */
  erase(list: SuppressionList): Promise<void>
  /** Batch ids of a source that are remembered, oldest first. */
  batchIds(source: string): readonly string[]
  close(): Promise<void>
}

/**
 * Writes to push sources. A row is acknowledged when it is in the journal, synced, and in the store. What is in the
 * journal when the store fails is written to the store as soon as it answers again, in order: repeating such a write
 * does no harm (as-of rows and events with an id are recognised, others carry a batch id).
 */
export function createWrites(options: WriteOptions): Writes {
  const { store, catalog, journalFolder } = options
  const guarded = options.guard === undefined ? {} : { guard: options.guard }
  const channels = new Map<string, Channel>()
  let retry: NodeJS.Timeout | undefined

  function channelOf(source: string): Channel {
    let channel = channels.get(source)
    if (channel === undefined) {
      channel = openChannel(source, { folder: join(journalFolder, source), now: options.now })
      channels.set(source, channel)
    }
    return channel
  }

  /** Writes what is unsettled, oldest first; throws at the first that fails and keeps it. */
  function settle(channel: Channel): Promise<void> {
    return inTurn(channel, async () => {
      while (channel.unsettled.length > 0) {
        const together = leading(channel.unsettled)
        const reports = await apply(options, channel.source, together)
        channel.unsettled.splice(0, together.length)
        for (const [index, { batch, settled }] of together.entries()) {
          const report = reports[index] ?? refusedReport(batch.rows.length, new Map())
          channel.journal.settle({ first: batch.first, report })
          settled(report)
        }
      }
    })
  }

  async function settleAll(): Promise<void> {
    clearTimeout(retry)
    retry = undefined
    for (const channel of channels.values()) {
      const known = catalog().sources.some(each => each.name === channel.source)
      if (!known || channel.unsettled.length === 0) continue
      await settle(channel).catch((error: unknown) => {
        options.report(`push source ${channel.source}: ${messageOf(error)}`)
        retryLater()
      })
    }
  }

  function retryLater(): void {
    retry ??= setTimeout(() => void settleAll(), retryMillis)
    retry.unref()
  }

  /** `settled` is called with the report, at the latest when the store answers again; not at all if this rejects before. */
  async function journalled(
    { source, channel, request }: Target & { readonly request: FeatureWriteRequest },
    positions: readonly number[],
    settled: (report: PushReport) => void,
  ): Promise<void> {
    const { to = 'both', views = null, batchId = null, bodyHash = null, now } = request
    const rows = positions.map(row => (request.rows[row] ?? []) as BatchRecord['rows'][number])
    const batch = { now, online: to !== 'offline', offline: to !== 'online', views, batchId, bodyHash, rows }
    const fields = source.columns.map(({ name, type }) => ({ name, type }))
    const first = await channel.journal.append(batch, fields)
    channel.unsettled.push({ batch: { kind: 'batch', first, ...batch }, fields, settled })
  }

  async function write(
    at: Target & { readonly request: FeatureWriteRequest },
    settled: (report: FeatureWriteReport) => void,
  ): Promise<void> {
    const { source, views, channel, request } = at
    const { rows, now, atomic = false } = request
    const refused = await erasedOf(options, source, request)
    const { accepted, rejected } = await acceptSource(store, {
      views,
      source,
      rows,
      now,
      refused,
      ...guarded,
    })
    if (rejected.size > 0 && (atomic || accepted.length === 0))
      return settled(refusedReport(rows.length, rejected))
    if (rows.length === 0)
      return settled(await inTurn(channel, () => pushSource(store, { views, source, rows, now })))
    await journalled(at, accepted, report =>
      settled(wholeReport(rows.length, { positions: accepted, report }, rejected)),
    )
    await settle(channel).catch((error: unknown) => {
      retryLater()
      throw error
    })
  }

  /** A batch id is remembered from the moment its first request arrives. */
  async function writeOnce(request: FeatureWriteRequest): Promise<FeatureWriteReport> {
    const target = targetOf(catalog(), request)
    const channel = channelOf(target.source.name)
    const { batchId, bodyHash = null, now } = request
    forgetOld(channel, now)
    const known = batchId === undefined ? undefined : channel.batches.get(batchId)
    if (known) {
      if (known.bodyHash !== bodyHash) throw batchIdReused(channel.source, batchId ?? '')
      await settle(channel)
      return { ...(await known.report), replayed: true }
    }
    let settled: (report: FeatureWriteReport) => void = () => undefined
    const report = new Promise<FeatureWriteReport>(resolve => {
      settled = resolve
    })
    if (batchId !== undefined) channel.batches.set(batchId, { bodyHash, at: now, report })
    const waiting = channel.unsettled.length
    try {
      await write({ ...target, channel, request }, settled)
    } catch (error) {
      const journalledAnyway = channel.unsettled.slice(waiting).some(each => each.batch.batchId === batchId)
      if (batchId !== undefined && !journalledAnyway) channel.batches.delete(batchId)
      throw error
    }
    return report
  }

  for (const source of foldersIn(journalFolder)) {
    try {
      channelOf(source)
    } catch (error) {
      options.report(`push source ${source} takes no rows: ${messageOf(error)}`)
    }
  }

  return {
    write: writeOnce,
    settleAll,
    async rebuild() {
      let rows = 0
      for (const channel of channels.values())
        for (const each of allBatches(join(journalFolder, channel.source))) {
          await inTurn(channel, () => apply(options, channel.source, [each]))
          rows += each.batch.rows.length
        }
      return rows
    },
    async erase(list) {
      const { guard } = options
      if (guard === undefined) return
      for (const { source, journal } of channels.values()) {
        const matcher = erasedRows(catalog(), source, erasedKeys(list, guard))
        await journal.roll(options.now)
        const sealed = listSegments(join(journalFolder, source)).slice(0, -1)
        // Whatever is read meanwhile waits for one segment, not for all.
        for (const segment of sealed) {
          eraseFromSegment(segment, matcher)
          await new Promise(resolve => setImmediate(resolve))
        }
      }
    },
    batchIds: source => [...(channels.get(source)?.batches.keys() ?? [])],
    async close() {
      clearTimeout(retry)
      for (const channel of channels.values()) {
        await channel.tail
        await channel.journal.close()
      }
    },
  }
}

/** Rows of erased keys, by all that is known of their source: also those that no view of this write reads. */
async function erasedOf(
  { store, guard, catalog }: WriteOptions,
  source: SourceData,
  { rows }: FeatureWriteRequest,
): Promise<ReadonlyMap<number, Rejection>> {
  const refused = new Map<number, Rejection>()
  const known = new Map<string, IsErased>()
  for (const { entity, source: name } of guard === undefined ? [] : keyedSources(catalog()))
    if (name === source.name) known.set(entity, await suppressed(store, guard, { owner: entity }))
  if (known.size === 0) return refused
  const matches = erasedRows(catalog(), source.name, entity => known.get(entity))(source.columns)
  for (const [row, values] of rows.entries())
    if (isTyped(values) && matches(values)) refused.set(row, 'KEY_ERASED')
  return refused
}

/** A value without its type is rejected by the test that comes next. */
const isTyped = (row: PushRow): row is readonly Value[] => row.every(value => value !== undefined)

function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() ? [entry.name] : [],
  )
}

function inTurn<Result>(channel: Channel, work: () => Promise<Result>): Promise<Result> {
  const done = channel.tail.then(work)
  channel.tail = done.catch(() => undefined)
  return done
}

/** Batches that can share an update of the store: those at the front with equal columns and views. */
function leading(unsettled: readonly Unsettled[]): readonly Unsettled[] {
  const sort = ({ batch, fields }: Unsettled): string => JSON.stringify([fields, batch.online, batch.views])
  const [first] = unsettled
  const together: Unsettled[] = []
  let rows = 0
  for (const each of unsettled) {
    rows += each.batch.rows.length
    if (together.length > 0 && (rows > rowsTogether || !first || sort(each) !== sort(first))) break
    together.push(each)
  }
  return together
}

/** Writes journalled batches of equal columns and views to the store; again is a no-op. */
async function apply(
  { store, catalog, guard, report }: WriteOptions,
  name: string,
  batches: readonly Pick<Unsettled, 'batch' | 'fields'>[],
): Promise<readonly PushReport[]> {
  const source = catalog().sources.find(each => each.name === name)
  if (!source) throw sourceUnknown(catalog(), name)
  const requests: SourceWrite[] = []
  for (const { batch, fields } of batches) {
    const rows = rowsFor(source, fields, batch.rows)
    if (rows === undefined) {
      report(`push source ${name}: ${batch.rows.length} rows were written with columns of another type`)
      return batches.map(each => refusedReport(each.batch.rows.length, new Map()))
    }
    requests.push({
      views: batch.online ? viewsOf(catalog(), source, batch.views) : [],
      source,
      rows,
      now: batch.now,
      sequences: rows.map((_, index) => batch.first + BigInt(index)),
      ...(guard === undefined ? {} : { guard }),
    })
  }
  return pushBatches(store, requests)
}

interface Target {
  readonly source: SourceData
  readonly views: readonly OnlineView[]
  readonly channel: Channel
}

function targetOf(catalog: FeatureCatalog, request: FeatureWriteRequest): Omit<Target, 'channel'> {
  const source = catalog.sources.find(each => each.name === request.source)
  if (!source) throw sourceUnknown(catalog, request.source)
  if (source.from.kind !== 'push' && request.views === undefined)
    throw new FettleError(
      'SOURCE_NOT_WRITABLE',
      `source ${source.name} is read from elsewhere and takes no rows`,
    )
  if (request.rows.length > maxWriteRows)
    throw new FettleError(
      'BATCH_TOO_LARGE',
      `${request.rows.length} rows are more than the ${maxWriteRows} of one write`,
      {
        hint: `Send at most ${maxWriteRows} rows at once.`,
        details: { rows: request.rows.length, limit: maxWriteRows },
      },
    )
  const views = request.to === 'offline' ? [] : viewsOf(catalog, source, request.views ?? null)
  const counted = catalog.views.some(
    view => view.source === source.name && view.features.some(feature => feature.kind === 'window'),
  )
  if (counted && source.eventId === undefined && request.batchId === undefined && request.rows.length > 0)
    throw new FettleError(
      'BATCH_ID_REQUIRED',
      `source ${source.name} feeds windows and its events have no id: a repeated write would count twice`,
      { details: { source: source.name } },
    )
  return { source, views }
}

/** The live views of a source, and former versions of them whose source had the same columns: pins stay fresh. */
function viewsOf(
  catalog: FeatureCatalog,
  source: SourceData,
  names: readonly string[] | null,
): readonly OnlineView[] {
  const columns = JSON.stringify(source.columns)
  const former = catalog.former
    .filter(each => each.source.name === source.name && JSON.stringify(each.source.columns) === columns)
    .map(each => each.view)
  return [...catalog.views, ...former].filter(
    view => view.source === source.name && (names === null || names.includes(view.name)),
  )
}

function sourceUnknown(catalog: FeatureCatalog, name: string): FettleError {
  const near = nearestFirst(
    name.slice(0, 80),
    catalog.sources.flatMap(each => (each.from.kind === 'push' ? [each.name] : [])),
  ).slice(0, 3)
  return new FettleError('SOURCE_UNKNOWN', `there is no source "${name.slice(0, 80)}"`, {
    ...(near.length === 0 ? {} : { hint: `The nearest push sources are ${near.join(', ')}.` }),
    details: { nearest: near },
  })
}

function batchIdReused(source: string, batchId: string): FettleError {
  return new FettleError(
    'BATCH_ID_REUSED',
    `batch ${JSON.stringify(batchId.slice(0, 80))} of ${source} was written with other rows`,
    { details: { batchId } },
  )
}
