import type { SegmentName } from '../log/segment.ts'
import { extendIndex, listSegments, newSegmentIndex, type SegmentIndex } from './segment-index.ts'

/** Segments of a folder with what is known of them; those read last are remembered. */
export interface LogSegments {
  /** Oldest first. */
  list(): Promise<readonly SegmentName[]>
  /** Up to date for an open segment. */
  indexOf(name: SegmentName): Promise<SegmentIndex>
}

/** Indexes of this many segments are kept in memory (about 10 MB each when full). */
export const cachedSegments = 16
/** Ids and segment times come from one clock, but ids of a burst run a little ahead. */
export const slackMillis = 5000

export function openLogSegments(folder: string): LogSegments {
  const cache = new Map<string, SegmentIndex>()
  const extending = new Map<SegmentIndex, Promise<void>>()

  function extendOnce(index: SegmentIndex): Promise<void> {
    let running = extending.get(index)
    if (!running) {
      running = extendIndex(folder, index).finally(() => extending.delete(index))
      extending.set(index, running)
    }
    return running
  }

  return {
    list: () => listSegments(folder),
    async indexOf(name) {
      const key = `${name.front}-${name.segment}-${name.createdMillis}`
      const known = cache.get(key)
      // An index of a segment that has been sealed since goes on under its other name.
      const index = known && known.name.open === name.open ? known : newIndex(name, known)
      cache.delete(key)
      cache.set(key, index)
      for (const oldest of cache.keys()) {
        if (cache.size <= cachedSegments) break
        cache.delete(oldest)
      }
      if (index !== known || name.open) await extendOnce(index)
      else await extending.get(index)
      return index
    },
  }
}

function newIndex(name: SegmentName, open: SegmentIndex | undefined): SegmentIndex {
  return open ? { ...open, name } : newSegmentIndex(name)
}

/** Segments that may hold something decided at or after a time: one ends when the next of its front begins. */
export function endingAfter(segments: readonly SegmentName[], millis: number): readonly SegmentName[] {
  const next = new Map<number, number>()
  return segments
    .toReversed()
    .filter(name => {
      const ended = next.get(name.front)
      next.set(name.front, name.createdMillis)
      return ended === undefined || ended + slackMillis >= millis
    })
    .toReversed()
}
