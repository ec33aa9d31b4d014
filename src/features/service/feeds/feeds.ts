import { join } from 'node:path'
import type { FeedData, SourceData } from '../../../definitions/model.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { messageOf } from '../../../kernel/message-of.ts'
import type { FeatureCatalog } from '../model.ts'
import type { FeedReader } from '../ports.ts'
import type { Writes } from '../writes.ts'
import { feedEnd, type RunningFeed, runFeed } from './consumer.ts'

export interface FeedsOptions {
  open(feed: FeedData): FeedReader
  catalog(): FeatureCatalog
  readonly writes: Writes
  readonly journalFolder: string
  readonly clock: Clock
  readonly report: (line: string) => void
}

interface Open {
  readonly declared: string
  readonly running: RunningFeed
}

/** The feeds of the applied push sources: `follow` after each change of the catalog. */
export function createFeeds(options: FeedsOptions) {
  const open = new Map<string, Open>()

  function start(source: SourceData, feed: FeedData): void {
    const { name } = source
    try {
      const running = runFeed({
        source: name,
        reader: options.open(feed),
        definition: () => options.catalog().sources.find(each => each.name === name),
        write: options.writes.write,
        journalled: () =>
          options.writes
            .batchIds(name)
            .map(feedEnd)
            .findLast(end => end !== undefined) ?? null,
        folder: join(options.journalFolder, name),
        clock: options.clock,
        report: options.report,
      })
      open.set(name, { declared: JSON.stringify(feed), running })
    } catch (error) {
      options.report(`feed of ${name}: ${messageOf(error)}`)
    }
  }

  return {
    async follow(): Promise<void> {
      const wanted = new Map<string, { readonly source: SourceData; readonly feed: FeedData }>()
      for (const source of options.catalog().sources)
        if (source.from.kind === 'push' && source.from.feed)
          wanted.set(source.name, { source, feed: source.from.feed })
      for (const [name, { declared, running }] of open) {
        if (JSON.stringify(wanted.get(name)?.feed) === declared) continue
        open.delete(name)
        await running.close()
      }
      for (const [name, { source, feed }] of wanted) if (!open.has(name)) start(source, feed)
    },
    async close(): Promise<void> {
      await Promise.all([...open.values()].map(({ running }) => running.close()))
    },
  }
}
