import type { ServedBy } from '../model.ts'
import type { FallbackChain } from './fallback.ts'
import type { LoadedRelease } from './load-release.ts'
import {
  type LookupTimes,
  lackedFeature,
  placeRequest,
  type ResolvedRows,
  resolveFeatures,
} from './resolve-features.ts'

/** A row that a link of the chain has answered. */
export interface Fallen {
  /** Place in the share. */
  readonly at: number
  /** Why the model did not answer; null: it was not meant to. */
  readonly why: string | null
  readonly servedBy: ServedBy
  readonly by: LoadedRelease
  readonly resolved: ResolvedRows
  /** Place in `resolved`. */
  readonly from: number
  readonly score: number
}

export interface FailedRows {
  readonly loaded: LoadedRelease
  readonly resolved: ResolvedRows
  readonly chain: FallbackChain
}

export interface FallbackFacts extends LookupTimes {
  readonly former: LoadedRelease | undefined
}

/** Link by link, until every row has an answer: the last link has one for all. Never rejects for what a link lacks. */
export async function fallBack(
  failures: ReadonlyMap<number, string | null>,
  { loaded, resolved, chain }: FailedRows,
  facts: FallbackFacts,
): Promise<readonly Fallen[]> {
  const fallen: Fallen[] = []
  let open = [...failures.keys()]
  for (const link of chain) {
    if (open.length === 0) break
    const answered =
      link.servedBy === 'former'
        ? await byFormer(open, { loaded, resolved }, facts)
        : open.map((at): Answer => {
            const score = link.score(resolved.rows[at] ?? {}, resolved.vectorOf(at))
            return { at, by: loaded, resolved, from: at, score }
          })
    const finite = answered.filter(({ score }) => Number.isFinite(score))
    for (const each of finite)
      fallen.push({ ...each, servedBy: link.servedBy, why: failures.get(each.at) ?? null })
    const done = new Set(finite.map(({ at }) => at))
    open = open.filter(at => !done.has(at))
  }
  return fallen.sort((a, b) => a.at - b.at)
}

type Answer = Pick<Fallen, 'at' | 'by' | 'resolved' | 'from' | 'score'>

/** What the former champion says, by its own features. Nothing, when it cannot say it in time. */
async function byFormer(
  open: readonly number[],
  { loaded, resolved }: Pick<FailedRows, 'loaded' | 'resolved'>,
  facts: FallbackFacts,
): Promise<readonly Answer[]> {
  const { former } = facts
  if (!former || former === loaded) return []
  try {
    const rows = open.map(at => resolved.rows[at] ?? {})
    const own = await resolveFeatures(former, { rows, vectors: placeRequest(former, rows) }, facts)
    const scored = await former.pool.score(own.vectors, rows.length, facts.deadline)
    if (!scored.ok) return []
    const { required } = former.signature
    return open.map((at, from) => {
      const lacks = lackedFeature(own, from, required) !== undefined
      const score = lacks ? Number.NaN : (scored.scores[from] ?? Number.NaN)
      return { at, by: former, resolved: own, from, score }
    })
  } catch {
    return []
  }
}
