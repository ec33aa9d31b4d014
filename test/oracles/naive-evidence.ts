import type { JoinedLabel, LookFacts, TrafficRow } from '../../src/deployments/index.ts'

export interface NaivePair {
  readonly answer: TrafficRow
  readonly champion: TrafficRow
  readonly challenger: TrafficRow
}

const routed = (row: TrafficRow): boolean =>
  row.kind === 'online' &&
  ['champion', 'challenger', 'control'].includes(row.arm) &&
  ['bucket', 'only'].includes(row.armReason) &&
  !row.degraded

/** Every answer beside every row that scored it again. */
export function naivePairs(rows: readonly TrafficRow[], facts: LookFacts): NaivePair[] {
  const [old, own] = [facts.champion?.digest, facts.challenger.digest]
  const isReverse = facts.stage === 'probation'
  const from = isReverse ? facts.since : facts.shadowSince
  return rows.flatMap(answer => {
    if (!routed(answer) || answer.digest !== (isReverse ? own : old) || answer.decidedAt < from) return []
    const again = rows.find(
      row => row.shadowOf === answer.predictionId && row.digest === (isReverse ? old : own) && !row.degraded,
    )
    if (again === undefined) return []
    return [{ answer, champion: isReverse ? again : answer, challenger: isReverse ? answer : again }]
  })
}

export function naiveCoverage(rows: readonly TrafficRow[], facts: LookFacts) {
  const pairs = naivePairs(rows, facts)
  const paired = new Set(pairs.map(pair => pair.answer.predictionId))
  const eligible = rows.filter(
    row =>
      routed(row) &&
      row.digest === (facts.stage === 'probation' ? facts.challenger : facts.champion)?.digest &&
      (paired.has(row.predictionId) || row.decidedAt <= facts.now - 30_000_000n),
  )
  return { eligible: eligible.length, pairs: pairs.length }
}

/** Counts of what both do, by slice of the origin. */
export function naiveFlips(pairs: readonly NaivePair[], labels: readonly JoinedLabel[]) {
  const labelOf = (id: string) => labels.find(label => label.predictionId === id)?.value
  const count = (of: readonly NaivePair[]) => {
    const when = (old: boolean, own: boolean) =>
      of.filter(pair => pair.champion.acted === old && pair.challenger.acted === own)
    const flips = [...when(false, true), ...when(true, false)]
    const right = (side: 'champion' | 'challenger') =>
      flips.filter(pair => labelOf(pair.answer.predictionId) === Number(pair[side].acted)).length
    return {
      n: of.length,
      both: when(true, true).length,
      neither: when(false, false).length,
      onlyChallenger: when(false, true).length,
      onlyChampion: when(true, false).length,
      challengerRight: right('challenger'),
      championRight: right('champion'),
    }
  }
  const origins = [...new Set(pairs.map(pair => String(pair.answer.fields['origin'] ?? '(missing)')))]
  const slices = origins.map(origin => ({
    slice: `origin=${origin}`,
    ...count(pairs.filter(pair => String(pair.answer.fields['origin'] ?? '(missing)') === origin)),
  }))
  return { all: { slice: 'all', ...count(pairs) }, slices }
}

/** The flips with the largest difference of scores. */
/** Scores of the pairs in 24 bins of equal width between the least and the largest of both. */
export function naiveScores(pairs: readonly NaivePair[]) {
  const scores = pairs.flatMap(({ champion, challenger }) => [champion.score, challenger.score])
  const [from, to] = [Math.min(...scores), Math.max(...scores)]
  const counted = (own: readonly number[]) =>
    Array.from(
      { length: 24 },
      (_, bin) =>
        own.filter(score => Math.min(23, Math.floor(((score - from) / (to - from)) * 24)) === bin).length,
    )
  const of = (arm: 'champion' | 'challenger') => counted(pairs.map(pair => pair[arm].score))
  return { from, to, champion: of('champion'), challenger: of('challenger') }
}

export function naiveLargest(pairs: readonly NaivePair[]): string[] {
  const distance = ({ champion, challenger }: NaivePair) => Math.abs(challenger.score - champion.score)
  return pairs
    .filter(pair => pair.champion.acted !== pair.challenger.acted)
    .sort((a, b) => distance(b) - distance(a) || (a.answer.predictionId < b.answer.predictionId ? -1 : 1))
    .slice(0, 50)
    .map(pair => pair.answer.predictionId)
}

/** Distinct units that were drawn, by arm, since the step began. */
export function naiveUnits(rows: readonly TrafficRow[], facts: LookFacts) {
  const own = rows.filter(
    row => row.kind === 'online' && row.armReason === 'bucket' && row.decidedAt >= facts.since,
  )
  const of = (arm: string) => new Set(own.filter(row => row.arm === arm).map(row => row.unit)).size
  return { champion: of('champion'), challenger: of('challenger'), control: of('control') }
}
