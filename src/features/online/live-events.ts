import type { Micros } from '../../kernel/time.ts'
import { cellBytes, type Value } from '../../kernel/values/index.ts'
import { eventKey } from './keys.ts'
import { type LivePlace, sameBytes } from './live-keys.ts'
import type { LiveRow } from './live-rows.ts'
import { type LookupCodec, type LookupRow, lookupCodec } from './lookup-record.ts'
import type { Bytes, Change } from './ports.ts'
import type { PlannedView } from './view-plan.ts'

/** A row to be written to a window view; `cells` are by the view's columns. */
export interface LiveWrite {
  /** Names the row in the outcomes. */
  readonly row: number
  readonly key: Buffer
  readonly event: Micros
  readonly known: Micros | null
  readonly sequence: bigint | null
  readonly deleted: boolean
  readonly eventId: Value
  readonly cells: readonly Value[]
  /** Hash of every declared column; null where only the view's columns were read. */
  readonly fingerprint: Uint8Array | null
}

/** What a write does to the rows of a key. */
export interface RowEdit {
  /** `restore`: add, unless the key holds the row already. */
  readonly kind: 'add' | 'restore' | 'replace'
  readonly key: Buffer
  readonly row: LiveRow
}

/** Versions of events, least first, as far as somebody may still ask for them; the last one is current. */
export interface EventChains {
  /** Puts a version in its place: what that does to rows. */
  insert(write: LiveWrite): { readonly edits: readonly RowEdit[]; readonly duplicate: boolean }
  /** Whether the version is, of those known by an instant, the current one. */
  isCurrent(write: LiveWrite, at: Micros): boolean
  changes(stale: Error): readonly Change[]
}

type Version = LiveWrite

/** Where known time does not matter, a replaced version was never there. */
const fromTheStart = -(2n ** 62n)

/** Reads what is stored of the events of some writes. */
export async function openEvents(place: LivePlace, writes: readonly LiveWrite[]): Promise<EventChains> {
  const { planned, store } = place
  const type = planned.eventId?.type ?? 'string'
  const idOf = (id: Value): string => cellBytes(type, id).toString('latin1')
  const ids = [...new Set(writes.flatMap(({ eventId }) => (eventId === null ? [] : [idOf(eventId)])))]
  const keys = ids.map(id => eventKey(planned.id, Buffer.from(id, 'latin1')))
  const found = keys.length === 0 ? [] : await store.readMany(keys)
  const codec = versionCodec(planned)
  const chains = new Map(ids.map((id, index) => [id, codec.decode(found[index])]))
  const changed = new Set<string>()
  return {
    insert: write => {
      const id = idOf(write.eventId)
      const chain = chains.get(id) ?? []
      const again = chain.findIndex(each => isSame(place, each, write))
      if (again !== -1) return { edits: restored(place, chain, again), duplicate: true }
      if (isEqual(place, chain.at(-1), write)) return { edits: [], duplicate: true }
      const next = [...chain, write].sort(compareVersions)
      const edits = editsOf(place, chain, next)
      chains.set(
        id,
        next.filter((_, index) => isLive(place, untilOf(place, next, index))),
      )
      changed.add(id)
      return { edits, duplicate: false }
    },
    isCurrent: (write, at) => {
      const { latest } = place.windows
      const known = (chains.get(idOf(write.eventId)) ?? []).filter(
        each => latest || (each.known !== null && each.known <= at),
      )
      return known.at(-1) === write
    },
    changes: stale =>
      ids.flatMap((id, index): Change[] => {
        const bytes = codec.encode(chains.get(id) ?? [])
        return [
          {
            key: keys[index] ?? Buffer.alloc(0),
            next: current => {
              if (!sameBytes(current, found[index])) throw stale
              return changed.has(id) ? bytes : undefined
            },
          },
        ]
      }),
  }
}

function editsOf(place: LivePlace, before: readonly Version[], after: readonly Version[]): RowEdit[] {
  return after.flatMap((version, index): RowEdit[] => {
    if (version.deleted) return []
    const { key, event, known, sequence, cells } = version
    const until = untilOf(place, after, index)
    const row = { event, known, sequence, cells, until }
    const was = before.indexOf(version)
    if (was === -1) return isLive(place, until) ? [{ kind: 'add', key, row }] : []
    return untilOf(place, before, was) === until ? [] : [{ kind: 'replace', key, row }]
  })
}

/** A version that is known already should have its row, unless that is past. */
function restored(place: LivePlace, chain: readonly Version[], index: number): readonly RowEdit[] {
  const version = chain[index]
  const until = untilOf(place, chain, index)
  if (version === undefined || version.deleted || !isLive(place, until)) return []
  const { key, event, known, sequence, cells } = version
  return [{ kind: 'restore', key, row: { event, known, sequence, cells, until } }]
}

function untilOf({ windows }: LivePlace, chain: readonly Version[], index: number): Micros | null {
  const next = chain[index + 1]
  if (next === undefined) return null
  return windows.latest ? fromTheStart : next.known
}

const isLive = ({ settled }: LivePlace, until: Micros | null): boolean => until === null || until > settled

function compareVersions(left: Version, right: Version): number {
  return compare(left.known, right.known) || compare(left.sequence, right.sequence)
}

function compare(left: bigint | null, right: bigint | null): number {
  if (left === right) return 0
  if (left === null || right === null) return left === null ? -1 : 1
  return left < right ? -1 : 1
}

/** The very same row, written or read again. */
function isSame(place: LivePlace, left: Version, right: Version): boolean {
  if (left.sequence !== null || right.sequence !== null) return left.sequence === right.sequence
  return left.known === right.known && left.event === right.event && sameCells(place, left, right)
}

/** A retry: equal in every declared column. */
function isEqual(place: LivePlace, left: Version | undefined, right: Version): boolean {
  if (left === undefined || left.event !== right.event || left.deleted !== right.deleted) return false
  if (left.fingerprint && right.fingerprint) return Buffer.compare(left.fingerprint, right.fingerprint) === 0
  return sameCells(place, left, right)
}

export function sameCells(
  { planned }: LivePlace,
  left: Pick<Version, 'cells'>,
  right: Pick<Version, 'cells'>,
): boolean {
  return planned.columns.every(({ type }, index) =>
    cellBytes(type, left.cells[index] ?? null).equals(cellBytes(type, right.cells[index] ?? null)),
  )
}

interface VersionCodec {
  encode(chain: readonly Version[]): Bytes
  decode(bytes: Bytes | undefined): readonly Version[]
}

/** Cells of a stored version: fingerprint, encoded key, then the view's columns. */
export function versionCodec(planned: Pick<PlannedView, 'columns'>): VersionCodec {
  const codec: LookupCodec = lookupCodec(['bytes', 'bytes', ...planned.columns.map(column => column.type)], {
    at: 'at',
    knownTime: 'latest',
  })
  return {
    encode: chain =>
      codec.encode(chain.map(each => ({ ...each, cells: [each.fingerprint, each.key, ...each.cells] }))),
    decode: bytes => (bytes === undefined ? [] : codec.decode(bytes).map(versionOf)),
  }
}

function versionOf({ event, known, sequence, deleted, cells }: LookupRow): Version {
  return {
    row: -1,
    key: Buffer.from(cells[1] as Uint8Array),
    event,
    known,
    sequence,
    deleted,
    eventId: null,
    cells: cells.slice(2),
    fingerprint: cells[0] as Uint8Array | null,
  }
}
