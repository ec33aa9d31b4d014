import type { EntityData, SourceData } from '../definitions/model.ts'
import {
  materialize,
  memoryScan,
  type OfflineEngine,
  type OnlineStore,
  type OnlineView,
} from '../features/index.ts'
import type { Micros } from '../kernel/time.ts'
import { decodeNative, type LosslessJson, type Value } from '../kernel/values/index.ts'
import { writeRows } from './play-features.ts'
import { list, rowsOf } from './read.ts'

/** A view of one case and the store that serves it. */
export interface OnlineCase {
  readonly store: OnlineStore
  readonly source: SourceData
  readonly view: OnlineView
  readonly entity: EntityData
}

/** Materializes the rows of one `load` step, the clock stopped at `now`. */
export type LoadRows = (played: OnlineCase, rows: LosslessJson | undefined, now: Micros) => Promise<void>

/** The rows of one load alone, scanned in memory. */
export const loadFromMemory: LoadRows = async ({ store, source, view, entity }, rows, now) => {
  const closure = { entities: [entity], sources: [source], views: [view] }
  await materialize(memoryScan(rowsOf(source.columns, rows)), store, closure, optionsAt(now))
}

/** The engine reads a Parquet file that grows by each load, as a project's files do. */
export function loadThroughEngine(engine: OfflineEngine): LoadRows {
  const soFar: Value[][] = []
  let loads = 0
  return async ({ store, source, view, entity }, rows, now) => {
    for (const row of list(rows))
      soFar.push(list(row).map((value, at) => decodeNative(source.columns[at]?.type ?? 'string', value)))
    const path = source.from.kind === 'parquet' ? source.from.path : ''
    await writeRows(engine, path, { fields: source.columns, rows: soFar })
    loads += 1
    const closure = { entities: [entity], sources: [source], views: [view] }
    const sourceVersions = { [source.name]: `load ${loads}` }
    await materialize(engine, store, closure, { ...optionsAt(now), sourceVersions })
  }
}

function optionsAt(now: Micros) {
  return { now, projectFolder: '.', onProgress: () => undefined, signal: new AbortController().signal }
}
