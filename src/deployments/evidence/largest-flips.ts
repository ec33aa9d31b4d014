import type { SliceData } from '../../definitions/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { Flip, TrafficRow } from './model.ts'
import type { Said } from './row-table.ts'

const mostFlips = 50

export interface MemberList {
  readonly column: string
  readonly values: ReadonlySet<string>
}

/** Lists of key users that a slice set names. */
export function memberLists(slices: readonly SliceData[]): readonly MemberList[] {
  return slices.flatMap(({ of }) =>
    of.kind === 'members' ? [{ column: of.column, values: new Set(of.values) }] : [],
  )
}

export interface FlippedPair {
  readonly answer: TrafficRow
  readonly shadowId: string
  readonly champion: Said
  readonly challenger: Said
}

/** The flips with the largest difference of scores so far, members of named lists before others; ties by id. */
export interface LargestFlips {
  add(pair: FlippedPair): void
  list(): readonly Omit<Flip, 'slices' | 'label'>[]
}

interface Ranked {
  readonly pair: FlippedPair
  readonly listed: boolean
  readonly distance: number
}

export function largestFlips({
  names,
  lists,
}: {
  readonly names: readonly string[]
  readonly lists: readonly MemberList[]
}): LargestFlips {
  const largest: Ranked[] = []
  const isListed = ({ fields }: TrafficRow): boolean =>
    lists.some(({ column, values }) => {
      const value = fields[column]
      return value !== undefined && value !== null && values.has(String(value))
    })
  return {
    add(pair) {
      const { champion, challenger } = pair
      if (champion.acted === null || challenger.acted === null || champion.acted === challenger.acted) return
      const ranked = {
        pair,
        listed: isListed(pair.answer),
        distance: Math.abs(challenger.score - champion.score),
      }
      const last = largest.at(-1)
      if (largest.length === mostFlips && last !== undefined && before(last, ranked)) return
      const place = largest.findIndex(each => before(ranked, each))
      largest.splice(place < 0 ? largest.length : place, 0, ranked)
      if (largest.length > mostFlips) largest.pop()
    },
    list: () =>
      largest.map(({ pair: { answer, shadowId, champion, challenger } }) => ({
        predictionId: answer.predictionId,
        shadowId,
        at: formatTimestamp(answer.decidedAt),
        names: Object.fromEntries(names.map(name => [name, shownValue(answer.fields[name])])),
        champion: { score: champion.score, acts: champion.acted === true },
        challenger: { score: challenger.score, acts: challenger.acted === true },
      })),
  }
}

function before(one: Ranked, other: Ranked): boolean {
  if (one.listed !== other.listed) return one.listed
  if (one.distance !== other.distance) return one.distance > other.distance
  return one.pair.answer.predictionId < other.pair.answer.predictionId
}

function shownValue(value: Value | undefined): string | number | null {
  if (value === undefined || value === null) return null
  return typeof value === 'number' || typeof value === 'string' ? value : String(value)
}
