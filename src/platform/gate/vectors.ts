import { type GateRow, loggedRows, madeRows } from '../../deployments/index.ts'
import type { Release } from '../../registry/index.ts'
import type { DecisionReader, DecisionRecord } from '../../serving/index.ts'
import { type LoadPlan, loadPlan } from './load.ts'

/** What the copy is asked, and how fast. */
export interface GateVectors {
  /** Those made of the release's own vectors come first; then logged requests that none of them is like. */
  readonly rows: readonly GateRow[]
  /** `312 logged vectors`, `40 self-test vectors`. */
  readonly source: string
  readonly plan: LoadPlan
  /** Rows of each logged request. */
  readonly callSizes: readonly number[]
}

const mostRows = 2_000
const page = 500
const minute = 60_000_000n

/** The newest logged vectors of a deployment that a release eats too, with the release's own. */
export async function gateVectors(
  reader: Pick<DecisionReader, 'latest'>,
  release: Release,
): Promise<GateVectors> {
  const records = await newestDecisions(reader, release)
  const made = madeRows(
    release,
    release.selfTest.map(({ vector }) => vector),
  )
  const taken = new Set(made.map(keyOf))
  const logged = loggedRows(release, records).filter(row => !taken.has(keyOf(row)))
  return {
    rows: [...made, ...logged],
    source:
      logged.length === 0
        ? `${made.length} self-test vectors`
        : `${logged.length} logged and ${made.length} self-test vectors`,
    plan: loadPlan(meanRate(records), peakRate(records)),
    callSizes: callSizesOf(records),
  }
}

const keyOf = ({ request }: GateRow): string => JSON.stringify(Object.values(request))

async function newestDecisions(
  reader: Pick<DecisionReader, 'latest'>,
  { deployment, features }: Release,
): Promise<readonly DecisionRecord[]> {
  const columns = features.vector.map(({ name }) => name).join('\n')
  const records: DecisionRecord[] = []
  let cursor: string | undefined
  do {
    const found = await reader.latest(deployment, {
      ...{ limit: page, kinds: ['online'] },
      ...(cursor === undefined ? {} : { cursor }),
    })
    records.push(...found.items.filter(({ release }) => release.vector.join('\n') === columns))
    cursor = found.next
  } while (cursor !== undefined && records.length < mostRows)
  return records.slice(0, mostRows)
}

/** A request of several arms is several records of one base. */
function callSizesOf(records: readonly DecisionRecord[]): readonly number[] {
  const rows = new Map<string, number>()
  for (const { base } of records) rows.set(base, (rows.get(base) ?? 0) + 1)
  return [...rows.values()]
}

/** Decisions a second between the first and the last; null where that is no time. */
function meanRate(records: readonly DecisionRecord[]): number | null {
  const times = records.map(({ decidedAt }) => decidedAt)
  const [last] = times
  const first = times.at(-1)
  if (first === undefined || last === undefined || last <= first) return null
  return (times.length * 1_000_000) / Number(last - first)
}

function peakRate(records: readonly DecisionRecord[]): number | null {
  const perMinute = new Map<bigint, number>()
  for (const { decidedAt } of records)
    perMinute.set(decidedAt / minute, (perMinute.get(decidedAt / minute) ?? 0) + 1)
  return perMinute.size === 0 ? null : Math.max(...perMinute.values()) / 60
}
