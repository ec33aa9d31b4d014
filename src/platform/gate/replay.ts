import { type Finding, passed, undecided } from '../../deployments/index.ts'
import type { Release } from '../../registry/index.ts'
import { type DecisionReader, type DecisionRecord, segmentThresholds } from '../../serving/index.ts'

const mostDecisions = 50_000
const page = 1_000
const dayMicros = 86_400e6
const daysEnough = 7

/**
 * What other thresholds of the same model would have done to the newest logged decisions: their scores are known, so which
 * of them flip is exact (releases.md §1). Told, not decided: less than seven days of them say less.
 */
export async function checkReplay(
  reader: Pick<DecisionReader, 'latest'>,
  { release, champion }: { readonly release: Release; readonly champion: Release },
): Promise<Finding> {
  const records = await scoredBy(reader, release)
  const n = records.length
  if (n === 0)
    return undecided(
      'no decision of this model is in the log',
      'The flips on held-out rows are all there is.',
    )
  const flips = replayed(records, { release, champion })
  const times = records.map(({ decidedAt }) => Number(decidedAt))
  const days = (times.reduce((a, b) => Math.max(a, b)) - times.reduce((a, b) => Math.min(a, b))) / dayMicros
  const share = (count: number) => `${((100 * count) / n).toFixed(1)} %`
  const found = `${n} logged decisions of ${days.toFixed(1)} days: ${flips.newly} would be newly acted on and ${flips.noLonger} no longer; acted on ${share(flips.before)} → ${share(flips.after)}`
  const margin = `${flips.newly + flips.noLonger} flips`
  return days < daysEnough
    ? undecided(found, `${daysEnough} days of decisions would show a whole week.`, { n, margin })
    : passed(found, { n, margin })
}

async function scoredBy(
  reader: Pick<DecisionReader, 'latest'>,
  { deployment, model }: Release,
): Promise<readonly DecisionRecord[]> {
  const records: DecisionRecord[] = []
  let read = 0
  let cursor: string | undefined
  do {
    const found = await reader.latest(deployment, {
      ...{ limit: page, kinds: ['online'] },
      ...(cursor === undefined ? {} : { cursor }),
    })
    read += found.items.length
    records.push(
      ...found.items.filter(
        ({ release, servedBy }) =>
          servedBy === 'model' && release.model === model.name && release.modelVersion === model.version,
      ),
    )
    cursor = found.next
  } while (cursor !== undefined && read < mostDecisions)
  return records
}

/** Counts over decisions whose scores are those of both releases. */
export function replayed(
  records: readonly Pick<DecisionRecord, 'entity' | 'vector' | 'score'>[],
  { release, champion }: { readonly release: Release; readonly champion: Release },
): {
  readonly before: number
  readonly after: number
  readonly newly: number
  readonly noLonger: number
} {
  const [was, is] = [actsBy(champion), actsBy(release)]
  const counts = { before: 0, after: 0, newly: 0, noLonger: 0 }
  for (const record of records) {
    const [before, after] = [was(record), is(record)]
    counts.before += Number(before)
    counts.after += Number(after)
    counts.newly += Number(after && !before)
    counts.noLonger += Number(before && !after)
  }
  return counts
}

function actsBy(release: Release): (record: Pick<DecisionRecord, 'entity' | 'vector' | 'score'>) => boolean {
  const thresholds = segmentThresholds(release)
  if (thresholds === undefined) return () => false
  return ({ entity, vector, score }) => score > thresholds.thresholdAt(thresholds.segmentAt(entity, vector))
}
