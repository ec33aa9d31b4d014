import type { Micros } from '../../kernel/time.ts'
import { cellBytes, type Value } from '../../kernel/values/index.ts'
import type { ViewScan } from '../offline/ports.ts'
import { rowReader, type SourceRow } from './scan-rows.ts'
import type { PlannedView } from './view-plan.ts'

/** One version of an event, as far as its place among the others needs it. */
interface Version {
  readonly known: Micros
  readonly sequence: bigint
  readonly event: Micros
  readonly key: string
  /** Among versions of equal known time and sequence. */
  place: bigint
  /** Rows equal in all of this are one version: only the last of them counts. */
  copies: number
  met: number
}

/** Says from which known time on another version stands in a row's place; null: none does. To be asked once per row, in scan order. */
export type UntilOf = (row: SourceRow, key: Buffer) => Micros | null

const noSequence = -(2n ** 63n)

/**
 * Reads every version of every event of a source with event ids (features.md §4.3). A correction may have moved the event
 * to another key or time, so all rows are read, whatever their event time; about 200 bytes are held for each event.
 */
export async function eventVersions(
  scan: ViewScan,
  view: PlannedView,
  eventId: { readonly name: string; readonly type: string },
): Promise<UntilOf> {
  const read = rowReader(scan, view)
  const byEvent = new Map<string, Version[]>()
  const idAt = view.columns.findIndex(column => column.name === eventId.name)
  const idOf = (row: SourceRow): string => cellBytes(eventId.type, row.cells[idAt] ?? null).toString('latin1')
  const placeAt = scan.fields.findIndex(field => field.name === '__place')
  for await (const chunk of scan.chunks) {
    const count = chunk[0]?.length ?? 0
    for (let i = 0; i < count; i++) {
      const row = read.row(chunk, i)
      if (row.known === null || (row.cells[idAt] ?? null) === null) continue
      const version = versionOf(row, row.known, view.encodeKey(read.key(chunk, i)))
      add(byEvent, idOf(row), { ...version, place: (chunk[placeAt]?.[i] ?? 0n) as bigint })
    }
  }
  for (const versions of byEvent.values()) if (versions.length > 1) versions.sort(compareVersions)
  return (row, key) => {
    const id: Value = row.cells[idAt] ?? null
    return id === null || row.known === null
      ? null
      : nextKnown(byEvent.get(idOf(row)) ?? [], versionOf(row, row.known, key))
  }
}

function versionOf(row: SourceRow, known: Micros, key: Buffer): Version {
  return {
    known,
    sequence: row.sequence ?? noSequence,
    event: row.event,
    key: key.toString('latin1'),
    place: 0n,
    copies: 1,
    met: 0,
  }
}

function add(byEvent: Map<string, Version[]>, id: string, version: Version): void {
  const versions = byEvent.get(id)
  const same = versions?.find(each => isSame(each, version))
  if (versions === undefined) byEvent.set(id, [version])
  else if (same === undefined) versions.push(version)
  else {
    same.copies += 1
    if (version.place > same.place) same.place = version.place
  }
}

function nextKnown(versions: readonly Version[], version: Version): Micros | null {
  const index = versions.findIndex(each => isSame(each, version))
  const found = versions[index]
  if (found === undefined) return null
  found.met += 1
  if (found.met < found.copies) return found.known
  return versions[index + 1]?.known ?? null
}

function isSame(left: Version, right: Version): boolean {
  const { known, sequence, event, key } = left
  return known === right.known && sequence === right.sequence && event === right.event && key === right.key
}

/** The order of versions of features.md §4.3: known time, sequence, whole row. */
function compareVersions(left: Version, right: Version): number {
  return (
    compare(left.known, right.known) ||
    compare(left.sequence, right.sequence) ||
    compare(left.place, right.place)
  )
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : Number(left > right)
}
