import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import { encodeNative, type Value, type ValueType } from '../../kernel/values/index.ts'
import type { OfflineEngine } from '../offline/ports.ts'
import type { OnlineView, ServedFeatures } from '../online/model.ts'
import { classify } from './classify.ts'
import { laggedAnswers } from './lag.ts'
import type { Answer, FeatureSkew, LoggedRow, SkewClass, SkewPair, SkewReport, SkewRow } from './model.ts'
import { type ReplayedFeature, type ReplayPlace, replay, replayedFeatures } from './replay.ts'
import { createSkewTally, distance, skewVerdict, unexplainedOf } from './tally.ts'

export interface SkewOptions extends ReplayPlace {
  /** Fewer requests without a difference are inconclusive. */
  readonly minRequests: number
  /** How the log keeps answers, if not as they are: the replay is brought into that form before it is compared. */
  readonly logged?: { readonly type: ValueType; form(answer: Answer): Answer }
}

const worstShown = 10
const muchLag = 0.05

/**
 * Replays logged rows offline and says where served features differ from what their definitions give
 * (features.md §11). Differences are looked at again for lag before they count.
 */
export async function compareWithReplay(
  engine: OfflineEngine,
  features: ServedFeatures,
  rows: readonly LoggedRow[],
  options: SkewOptions,
): Promise<SkewReport> {
  const replayed = rows.length === 0 ? [] : await replay(engine, features, rows, options)
  const found: FeatureSkew[] = []
  for (const [column, feature] of replayedFeatures(features).entries()) {
    const pairs = rows.flatMap((row, index): LoggedPair[] => {
      const logged = row.answers.get(feature.name)
      const answer = replayed[index]?.[column]
      if (logged === undefined || answer === undefined) return []
      return [{ row, pair: { logged, replayed: options.logged?.form(answer) ?? answer } }]
    })
    found.push(await featureSkew(engine, { features, feature, pairs }, options))
  }
  return reportOf(rows, found, options)
}

interface LoggedPair {
  readonly row: LoggedRow
  readonly pair: SkewPair
}

interface FeaturePairs {
  readonly features: ServedFeatures
  readonly feature: ReplayedFeature
  readonly pairs: readonly LoggedPair[]
}

interface Classified extends LoggedPair {
  readonly found: SkewClass
}

async function featureSkew(
  engine: OfflineEngine,
  given: FeaturePairs,
  options: SkewOptions,
): Promise<FeatureSkew> {
  const { feature } = given
  const type = options.logged?.type ?? feature.type
  const classified = await classifyAll(engine, given, options)
  const whole = createSkewTally(type)
  const days = new Map<string, ReturnType<typeof createSkewTally>>()
  for (const { row, pair, found } of classified) {
    const day = formatTimestamp(row.asOf).slice(0, 10)
    const tally = days.get(day) ?? createSkewTally(type)
    days.set(day, tally)
    tally.add(pair, found)
    whole.add(pair, found)
  }
  return {
    feature: feature.name,
    view: feature.view === null ? null : titleOf(feature.view),
    ...whole.numbers(),
    days: [...days]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([day, tally]) => ({ day, ...tally.numbers() })),
    worst: worstOf(classified).map(each => rowOf(each, given, type)),
  }
}

async function classifyAll(
  engine: OfflineEngine,
  { features, feature, pairs }: FeaturePairs,
  options: SkewOptions,
): Promise<readonly Classified[]> {
  const type = options.logged?.type ?? feature.type
  const bounded = pairs.map(({ row, pair }) => ({ row, pair: { ...pair, bound: boundOf(feature, pair) } }))
  const first = bounded.map((each): Classified => ({ ...each, found: classify(type, each.pair) }))
  const suspects = first.filter(({ found }) => found !== 'equal' && found !== 'rounding')
  const { view } = feature
  if (suspects.length === 0 || view === null) return first
  const lagged = await laggedAnswers(
    engine,
    { features, feature: { ...feature, view }, rows: suspects.map(({ row }) => row) },
    options,
  )
  const again = new Map(
    suspects.map(({ row, pair }, index): [LoggedRow, SkewClass] => {
      const answers = (lagged[index] ?? []).map(answer => options.logged?.form(answer) ?? answer)
      return [row, classify(type, { ...pair, lagged: answers })]
    }),
  )
  return first.map(each => ({ ...each, found: again.get(each.row) ?? each.found }))
}

const roundingOps = new Set(['sum', 'mean', 'var_pop', 'var_samp', 'stddev_pop', 'stddev_samp', 'quantile'])

/** Never above the bounds of features.md §4.6: Σ|x| is at least the sum itself, a mean is no greater than Σ|x|/n. */
function boundOf({ view, feature, type }: ReplayedFeature, { logged, replayed }: SkewPair): number {
  const definition = view?.features.find(each => each.name === feature)
  if (definition?.kind !== 'window' || !roundingOps.has(definition.op) || type !== 'float64') return 0
  return 1e-12 * Math.max(magnitude(logged.value), magnitude(replayed.value))
}

function magnitude(value: Value): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.abs(value) : 0
}

function worstOf(classified: readonly Classified[]): readonly Classified[] {
  return classified
    .filter(({ found }) => found !== 'equal' && found !== 'rounding')
    .map(each => ({ each, badness: badnessOf(each) }))
    .sort((left, right) => right.badness - left.badness)
    .slice(0, worstShown)
    .map(({ each }) => each)
}

/** Explained differences last; numbers by how far they are apart relative to their size; all else before them. */
function badnessOf({ pair, found }: Classified): number {
  if (found === 'lag') return -1
  const apart = distance(pair.logged.value, pair.replayed.value)
  return apart === undefined ? 2 : apart.size === 0 ? 0 : apart.difference / apart.size
}

function rowOf(
  { row, pair, found }: Classified,
  { features, feature }: FeaturePairs,
  type: ValueType,
): SkewRow {
  const typeOf = new Map(features.request.map(field => [field.name, field.type]))
  const eventTime = row.answers.get(feature.name)?.eventTime ?? null
  const shown = ({ value, status }: Answer) => ({ value: plain(type, value), status })
  return {
    id: row.id,
    class: found,
    asOf: formatTimestamp(row.asOf),
    request: Object.fromEntries(
      Object.entries(row.request).map(([name, value]) => [name, plain(typeOf.get(name) ?? 'string', value)]),
    ),
    logged: { ...shown(pair.logged), eventTime: eventTime === null ? null : formatTimestamp(eventTime) },
    replayed: { ...shown(pair.replayed), view: feature.view === null ? null : titleOf(feature.view) },
  }
}

/** As native JSON writes it, parsed. */
function plain(type: ValueType, value: Value): unknown {
  return JSON.parse(encodeNative(type, value))
}

const titleOf = (view: OnlineView): string => `${view.name}@v${view.version}`

function reportOf(
  rows: readonly LoggedRow[],
  features: readonly FeatureSkew[],
  { minRequests }: SkewOptions,
): SkewReport {
  const times = rows.map(row => row.asOf).sort((left, right) => (left < right ? -1 : 1))
  const at = (time: Micros | undefined): string | null => (time === undefined ? null : formatTimestamp(time))
  const differences = features.reduce((sum, each) => sum + unexplainedOf(each), 0)
  return {
    verdict: skewVerdict(differences, { requests: rows.length, minRequests }),
    requests: rows.length,
    minRequests,
    from: at(times[0]),
    to: at(times.at(-1)),
    features,
    warnings: features
      .filter(each => each.lag > muchLag * each.requests)
      .map(
        each =>
          `${each.lag} of ${each.requests} answers of ${each.feature} were behind their source: its declared freshness is doing the work`,
      ),
  }
}
