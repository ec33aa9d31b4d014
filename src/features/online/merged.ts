import type { Micros } from '../../kernel/time.ts'
import type { ViewClosure } from '../model.ts'
import { decodeHead } from './head.ts'
import { headKey } from './keys.ts'
import type { OnlineStore } from './ports.ts'

/**
 * Ingest sequence up to which every view of a push source holds the journal: a run needs only what is behind it. Sources
 * that are read in any other way than by views, or by a view that was never materialized, are left out.
 */
export async function mergedSequences(
  store: OnlineStore,
  { sources, views }: ViewClosure,
): Promise<Readonly<Record<string, bigint>>> {
  const heads = await store.readMany(views.map(headKey))
  const merged = views.map(({ semanticHash }, index) => {
    const bytes = heads[index]
    const head = bytes && decodeHead(bytes)
    return head?.definition === semanticHash ? (head.merged ?? null) : null
  })
  const throughSql = new Set(
    sources.flatMap(({ from }) =>
      from.kind === 'sql' ? from.parts.flatMap(part => (typeof part === 'string' ? [] : [part.source])) : [],
    ),
  )
  return Object.fromEntries(
    sources.flatMap(({ name, from }): [string, bigint][] => {
      if (from.kind !== 'push' || throughSql.has(name)) return []
      const own = merged.filter((_, index) => views[index]?.source === name)
      const known = own.flatMap(each => (each === null ? [] : [each]))
      if (own.length === 0 || known.length < own.length) return []
      return [[name, known.reduce((least, each) => (each < least ? each : least))]]
    }),
  )
}

/** The instant from which on each view answers, by name; views without a complete generation are left out. */
export async function servedFrom(
  store: OnlineStore,
  { views }: Pick<ViewClosure, 'views'>,
): Promise<Readonly<Record<string, Micros>>> {
  const heads = await store.readMany(views.map(headKey))
  return Object.fromEntries(
    views.flatMap(({ name, semanticHash }, index): [string, Micros][] => {
      const bytes = heads[index]
      const head = bytes && decodeHead(bytes)
      return head?.definition === semanticHash ? [[name, head.from]] : []
    }),
  )
}
