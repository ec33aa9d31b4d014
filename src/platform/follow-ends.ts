import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { PipelineService } from '../pipelines/index.ts'
import type { ReproductionService } from '../reproduction/index.ts'

export interface FollowParts {
  readonly store: Pick<MetadataDatabase, 'read' | 'transaction'>
  readonly pipelines: Pick<PipelineService, 'subscribe' | 'events' | 'findRun'>
  readonly reproductions: Pick<ReproductionService, 'runManifest' | 'check'>
  readonly clock: Clock
  onFault(error: unknown): void
}

const page = 500
const ended: ReadonlySet<string> = new Set(['run.succeeded', 'run.failed', 'run.cancelled'])
const restMillis = 1_000
const dayMillis = 24 * 3_600_000
/** Versions are looked at once a day, for the first time soon after the start, when nothing waits for it. */
const firstLookMillis = 10 * 60_000

/**
 * Keeps the manifest of every run that ends, following the events of runs from where it stood: what a crash interrupts is
 * done after the next start. Looks at every version once a day.
 */
export function followEnds({ store, pipelines, reproductions, clock, onFault }: FollowParts) {
  let timer: NodeJS.Timeout | undefined
  let daily: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()
  const ending = new AbortController()

  async function catchUp(): Promise<void> {
    const kept = await store.read.reproductions.find('cursor', 'runs')
    let cursor = Number((kept?.body as { readonly seq?: number } | undefined)?.seq ?? 0)
    for (;;) {
      const events = await pipelines.events(cursor, page)
      const last = events.at(-1)
      if (last === undefined || ending.signal.aborted) return
      for (const { type, run: id } of events) {
        const run = ended.has(type) ? await pipelines.findRun(id) : undefined
        if (run) await reproductions.runManifest(run)
      }
      cursor = last.seq
      await store.transaction(stores =>
        stores.reproductions.put({
          kind: 'cursor',
          subject: 'runs',
          at: clock.nowMicros(),
          body: { seq: cursor },
        }),
      )
    }
  }

  const soon = (): void => {
    if (ending.signal.aborted || timer !== undefined) return
    timer = setTimeout(() => {
      timer = undefined
      working = working.then(catchUp).catch(onFault)
    }, restMillis)
    timer.unref()
  }
  const look = (): void => {
    working = working
      .then(async () => void (await reproductions.check({ readAll: false, signal: ending.signal })))
      .catch(onFault)
  }
  const unsubscribe = pipelines.subscribe(soon)
  return {
    start(): void {
      soon()
      daily = setTimeout(() => {
        look()
        daily = setInterval(look, dayMillis)
        daily.unref()
      }, firstLookMillis)
      daily.unref()
    },
    async stop(): Promise<void> {
      ending.abort()
      unsubscribe()
      clearTimeout(timer)
      clearTimeout(daily)
      clearInterval(daily)
      await working
    },
  }
}
