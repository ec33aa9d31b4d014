import { decodeHead } from '../online/head.ts'
import { headKey } from '../online/keys.ts'
import type { OnlineStore } from '../online/ports.ts'
import type { FeatureCatalog } from './model.ts'

const lookMillis = 1_000

export interface LiveCatalog {
  current(): FeatureCatalog
  refresh(): Promise<void>
  close(): void
}

/**
 * The catalog with stand-ins: a new version of a view answers `view:feature` once its generation is complete (features.md
 * §13.3), until then the newest former version that is in the store does. Looks again while anything is missing.
 */
export async function createLiveCatalog(
  store: OnlineStore,
  base: () => FeatureCatalog,
): Promise<LiveCatalog> {
  let current = base()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function refresh(): Promise<void> {
    clearTimeout(timer)
    const catalog = base()
    // A store that does not answer changes nothing; reads will say so.
    const { standIns, missing } = await look(store, catalog).catch(() => ({
      standIns: current.standIns ?? {},
      missing: true,
    }))
    const names = Object.keys(standIns)
    current =
      names.length === 0
        ? catalog
        : { ...catalog, standIns, revision: `${catalog.revision} ${JSON.stringify(standIns)}` }
    if (!missing || closed) return
    timer = setTimeout(() => void refresh(), lookMillis)
    timer.unref()
  }

  await refresh()
  return {
    current: () => current,
    refresh,
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}

async function look(
  store: OnlineStore,
  { views, former }: FeatureCatalog,
): Promise<{ readonly standIns: Readonly<Record<string, number>>; readonly missing: boolean }> {
  const candidates = views.flatMap(live => {
    const others = former.flatMap(({ view }) => (view.name === live.name ? [view] : []))
    return others.length === 0 ? [] : [live, ...others.sort((left, right) => right.version - left.version)]
  })
  const heads = await store.readMany(candidates.map(({ name, version }) => headKey({ name, version })))
  const complete = candidates.filter((view, index) => {
    const bytes = heads[index]
    return bytes !== undefined && decodeHead(bytes).definition === view.semanticHash
  })
  const waiting = views.filter(live => candidates.includes(live) && !complete.includes(live))
  const standIns = waiting.flatMap(({ name }): [string, number][] => {
    const found = complete.find(view => view.name === name)
    return found ? [[name, found.version]] : []
  })
  return { standIns: Object.fromEntries(standIns), missing: waiting.length > 0 }
}
