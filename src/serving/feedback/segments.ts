import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../../kernel/write-whole.ts'
import { listSegments } from '../decisions/segment-index.ts'
import { type SegmentName, segmentFileName } from '../log/segment.ts'
import { encodeFeedback } from './frames.ts'
import type { FeedbackItem } from './model.ts'
import { type ReadFeedback, readFeedbackSegment } from './read-segment.ts'

/** A segment of the feedback log, as whoever reads it knows it. */
export interface FeedbackSegment {
  /** Stays when the segment is sealed. */
  readonly key: string
  readonly createdMillis: number
  readonly sealed: boolean
  /** Frames from an offset on; 0 is the begin. */
  read(from: number): Promise<ReadFeedback>
  /** Of a sealed one that has been read to its end. */
  remove(): Promise<void>
  /** Of a sealed one: what items say of whom they are about, who said it and in which words goes; the rest keeps its place. */
  erase(isErased: (deployment: string, item: FeedbackItem) => boolean): Promise<void>
}

/** The feedback logs of all fronts of a folder, oldest segment first; safe while fronts write. */
export interface FeedbackSegments {
  list(): Promise<readonly FeedbackSegment[]>
}

export function feedbackSegments(servingFolder: string): FeedbackSegments {
  const folder = join(servingFolder, 'feedback')
  const segmentOf = (name: SegmentName): FeedbackSegment => ({
    key: `${name.front}-${name.segment}-${name.createdMillis}`,
    createdMillis: name.createdMillis,
    sealed: !name.open,
    read: from => readFeedbackSegment(folder, name, from),
    remove: () => rm(join(folder, segmentFileName(name)), { force: true }),
    async erase(isErased) {
      const path = join(folder, segmentFileName(name))
      const { frames } = await readFeedbackSegment(folder, name)
      const bytes = await readFile(path)
      let changed = false
      for (const { frame, start, end } of frames) {
        if (!frame.items.some(item => isErased(frame.deployment, item))) continue
        const items = frame.items.map(item => (isErased(frame.deployment, item) ? withoutPerson(item) : item))
        bytes.set(encodeFeedback({ ...frame, items }, end - start), start)
        changed = true
      }
      if (changed) await writeWhole(path, bytes)
    },
  })
  return { list: async () => (await listSegments(folder)).map(segmentOf) }
}

function withoutPerson(item: FeedbackItem): FeedbackItem {
  const target = 'entityKey' in item.target ? { entityKey: '' } : item.target
  return { ...item, target, actor: null, note: null }
}
