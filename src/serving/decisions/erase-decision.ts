import { frameHeaderBytes, sealFrame } from '../../kernel/framing/frames.ts'
import { appendDecisions, frameBuffer } from '../log/record-codec.ts'
import { type DecidedRequest, type DecisionRecord, featureStates } from '../model.ts'

/** Whether a decision is about a person who was erased. */
export type IsErasedDecision = (decision: Pick<DecisionRecord, 'release' | 'entity'>) => boolean

/** What stays of a decision when its person is erased: all but the values it was made from. */
export function withoutValues(record: DecisionRecord): DecisionRecord {
  return {
    ...record,
    entity: Object.fromEntries(Object.keys(record.entity).map(name => [name, null])),
    vector: new Float64Array(record.vector.length).fill(Number.NaN),
    states: record.states.map(() => 'erased'),
    eventTimes: record.eventTimes.map(() => null),
  }
}

/**
 * A frame of these decisions with as long a payload as before: what follows in the segment keeps its place. `note` is the
 * number of the release note in the segment.
 */
export function frameWithout(
  records: readonly DecisionRecord[],
  { note, bytes }: { readonly note: number; readonly bytes: number },
): Buffer {
  const out = frameBuffer(frameHeaderBytes + bytes)
  appendDecisions(out, note, requestOf(records))
  const frame = Buffer.alloc(frameHeaderBytes + bytes)
  if (out.end > frame.length) throw new RangeError('a frame does not grow by what is taken out of it')
  out.bytes.copy(frame, 0, 0, out.end)
  sealFrame(frame, 0, bytes)
  return frame
}

function requestOf(records: readonly DecisionRecord[]): DecidedRequest {
  const [first] = records
  if (first === undefined) throw new TypeError('a frame has a decision')
  const listed = first.release.action?.segments ?? []
  return {
    ...first,
    note: first.release,
    rows: records.map(record => ({
      ...record,
      states: Uint8Array.from(record.states, state => featureStates.indexOf(state)),
      segmentAt: record.segment === null ? -1 : listed.findIndex(([name]) => name === record.segment),
    })),
  }
}
