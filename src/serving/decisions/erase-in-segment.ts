import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../../kernel/write-whole.ts'
import { type SegmentName, segmentFileName } from '../log/segment.ts'
import type { DecisionRecord } from '../model.ts'
import { frameWithout, type IsErasedDecision, withoutValues } from './erase-decision.ts'
import { extendIndex, newSegmentIndex, readFrames } from './segment-index.ts'

/** Decisions of a segment that are about somebody erased and still say so. */
export async function* erasedInSegment(
  folder: string,
  name: SegmentName,
  isErased: IsErasedDecision,
): AsyncIterable<DecisionRecord> {
  const index = newSegmentIndex(name)
  await extendIndex(folder, index)
  for await (const { records } of readFrames(folder, index, index.frames)) yield* records.filter(isErased)
}

/** Takes them out of a sealed segment, which is written whole beside itself and then takes its own place; says how many. */
export async function eraseInSegment(
  folder: string,
  name: SegmentName,
  isErased: IsErasedDecision,
): Promise<number> {
  const index = newSegmentIndex(name)
  await extendIndex(folder, index)
  const changed: { readonly offset: number; readonly frame: Buffer }[] = []
  let rows = 0
  for await (const { frame, records } of readFrames(folder, index, index.frames)) {
    const erased = records.filter(isErased)
    if (erased.length === 0) continue
    rows += erased.length
    const kept = records.map(record => (erased.includes(record) ? withoutValues(record) : record))
    changed.push({ offset: frame.offset, frame: frameWithout(kept, frame) })
  }
  if (rows === 0) return 0
  const path = join(folder, segmentFileName(name))
  const bytes = await readFile(path)
  for (const { offset, frame } of changed) bytes.set(frame, offset)
  await writeWhole(path, bytes)
  return rows
}
