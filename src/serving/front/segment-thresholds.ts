import { segmentText } from '../../definitions/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { ReleaseNote, ServableRelease } from '../model.ts'
import { refused } from './refused.ts'

/** The thresholds of a release, found in time that does not depend on how many there are. */
export interface SegmentThresholds {
  /** Place of a row's segment in the list of the note; −1: no listed segment. */
  segmentAt(entity: Readonly<Record<string, Value>>, vector: Float64Array): number
  /** What the score must exceed there. */
  thresholdAt(segmentAt: number): number
}

/** What a note says of the action: its thresholds by segment, when it has some. */
export function notedAction({ action, thresholdSet }: ServableRelease): ReleaseNote['action'] {
  if (!action || !thresholdSet) return action
  const { otherwise, segments, rule } = thresholdSet
  return {
    name: action.name,
    threshold: otherwise.value,
    ...(rule.per === undefined ? {} : { per: rule.per }),
    segments: Object.entries(segments).map(([name, { value }]) => [name, value] as const),
  }
}

/** Undefined when the release acts on nothing. Throws RELEASE_REFUSED for segments no request can tell. */
export function segmentThresholds(release: ServableRelease): SegmentThresholds | undefined {
  const { action, thresholdSet } = release
  if (!action) {
    if (thresholdSet) throw refused(release, 'it has thresholds and no action')
    return undefined
  }
  if (!thresholdSet) return { segmentAt: () => -1, thresholdAt: () => action.threshold }
  const places = new Map(Object.keys(thresholdSet.segments).map((name, place) => [name, place]))
  const placeOf = (text: string | null) => (text === null ? -1 : (places.get(text) ?? -1))
  const values = Float64Array.from(Object.values(thresholdSet.segments), each => each.value)
  const otherwise = thresholdSet.otherwise.value
  return {
    segmentAt: segmentReader(release, placeOf),
    thresholdAt: place => values[place] ?? otherwise,
  }
}

/** Reads the segment's column from the request, or else from the vector. */
function segmentReader(
  release: ServableRelease,
  placeOf: (text: string | null) => number,
): SegmentThresholds['segmentAt'] {
  const per = release.thresholdSet?.rule.per
  if (per === undefined) return () => -1
  const { request, vector } = release.features
  const field = request.find(each => each.name === per)
  if (field?.type === 'bool') {
    // Rows to judge hold booleans as texts or as numbers.
    const places = [
      [placeOf('false'), placeOf('0')],
      [placeOf('true'), placeOf('1')],
    ].map(found => Math.max(...found))
    return entity => (entity[per] === null ? -1 : (places[Number(entity[per])] ?? -1))
  }
  if (field) return entity => placeOf(segmentText(entity[per] ?? null))
  const column = vector.findIndex(each => each.name === per)
  if (column < 0)
    throw refused(release, `its thresholds are by "${per}", which is neither sent nor a column of the vector`)
  return (_entity, row) => placeOf(segmentText(row[column] ?? null))
}
