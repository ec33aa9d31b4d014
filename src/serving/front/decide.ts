import type { Clock } from '../../kernel/clock.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { Arm, DecidedRequest, DecidedRow, ServedBy } from '../model.ts'
import type { Scored, ScoreOptions } from '../scorer/scorer-pool.ts'
import { type FallbackFacts, type Fallen, fallBack } from './fall-back.ts'
import { chainFrom, type FallbackChain } from './fallback.ts'
import type { LoadedRelease } from './load-release.ts'
import { lackedFeature, placeRequest, type ResolvedRows, resolveFeatures } from './resolve-features.ts'
import type { Share } from './routing.ts'

/** Typed rows of a request; request columns are already in their place in `vectors` (row-major). */
export interface Batch {
  readonly rows: readonly Readonly<Record<string, Value>>[]
  readonly vectors: Float64Array
}

/** Who answers a share of the rows. */
export interface Target {
  readonly arm: Arm
  readonly loaded: LoadedRelease
  /** Its model is not meant to be asked, nor any other: of the fallback chain, the links that need none answer. */
  readonly withoutModel: boolean
}

/** What all shares of a request have in common. */
export interface RequestFacts extends Pick<DecidedRequest, 'base' | 'requestId' | 'kind' | 'caller'> {
  /** Whose signature the rows were decoded by. */
  readonly decodedBy: LoadedRelease
  readonly decodeMicros: number
  /** performance.now() by which the reply must be ready. */
  readonly deadline: number
  readonly receivedAt: Micros
  readonly asOf: Micros
  readonly scoring: ScoreOptions
  /** The kill switch is on `model`: the chain answers, from this link on where one is named. */
  readonly modelOff: { readonly from: string | undefined } | null
  readonly champion: LoadedRelease | undefined
  /** The release that was champion before this one, while it is loaded. */
  readonly former: LoadedRelease | undefined
  readonly clock: Clock
}

/** Rows that one release decided by one link of the chain: one frame of the log. */
export interface Frame extends DecidedRequest {
  readonly by: LoadedRelease
  /** Whose share of the rows it is of. */
  readonly target: Target
}

/**
 * Lookup → vector → score → threshold, for the rows of one target. One frame, or more where some rows were answered by
 * the fallback chain. Rejects DEADLINE, OVERLOADED, or what the lookup says of a key.
 */
export async function decideShare(
  share: Share<Target>,
  batch: Batch,
  facts: RequestFacts,
): Promise<readonly Frame[]> {
  const { loaded } = share.target
  const looked = performance.now()
  const found = resolveFeatures(loaded, pickRows(share, batch, facts.decodedBy), facts)
  const resolved = found instanceof Promise ? await found : found
  const lookupMicros = (performance.now() - looked) * 1000
  const count = resolved.rows.length
  const asks = count > 0 && !share.target.withoutModel && facts.modelOff === null
  const scored = asks ? await loaded.pool.score(resolved.vectors, count, facts.deadline, facts.scoring) : null
  const encoding = performance.now()
  const failures = failuresOf(share.target, resolved, scored, facts)
  const fallen =
    failures &&
    (await fallBack(failures, { loaded, resolved, chain: chainOf(share, facts) }, before(loaded, facts)))
  const common: Common = {
    facts,
    share,
    retries: scored?.retries ?? 0,
    latency: {
      decode: facts.decodeMicros,
      lookup: lookupMicros,
      queue: scored?.ok ? scored.queueMicros : 0,
      score: scored?.ok ? scored.scoreMicros : 0,
      encode: (performance.now() - encoding) * 1000,
    },
  }
  const scores = scored?.ok ? scored.scores : new Float64Array(0)
  const frames: Frame[] = []
  if (!fallen || fallen.length < count || count === 0) {
    const rows = modelRows(share, { resolved, scores, failures })
    frames.push(frameOf(common, { by: loaded, servedBy: 'model', reasons: resolved.reasons, rows }))
  }
  for (const group of groupFallen(fallen ?? [], share)) frames.push(frameOf(common, group))
  return frames
}

/** What answered before a release: before a challenger, the champion. */
function before(loaded: LoadedRelease, { champion, former, asOf, deadline }: RequestFacts): FallbackFacts {
  return { former: loaded === champion ? former : champion, asOf, deadline }
}

/** The rows of a share, placed as its release wants them. */
function pickRows(
  { drawn, target }: Share<Target>,
  batch: Batch,
  decodedBy: LoadedRelease,
): Pick<ResolvedRows, 'rows' | 'vectors'> {
  const { loaded } = target
  const all = drawn === null || drawn.length === batch.rows.length
  const rows = all ? batch.rows : drawn.map(({ row }) => batch.rows[row] ?? {})
  if (loaded.layout !== decodedBy.layout) return { rows, vectors: placeRequest(loaded, rows) }
  if (all) return { rows, vectors: batch.vectors }
  const { width } = loaded.signature
  const vectors = new Float64Array(rows.length * width)
  drawn.forEach(({ row }, at) => {
    vectors.set(batch.vectors.subarray(row * width, (row + 1) * width), at * width)
  })
  return { rows, vectors }
}

/** Why rows have no score of the model that can be answered; a reason of null is no degradation. Undefined: all have one. */
function failuresOf(
  { withoutModel, loaded }: Target,
  resolved: ResolvedRows,
  scored: Scored | null,
  { modelOff }: RequestFacts,
): ReadonlyMap<number, string | null> | undefined {
  if (scored === null || !scored.ok) {
    if (resolved.rows.length === 0) return undefined
    const why = withoutModel ? null : modelOff ? 'killed' : scored ? scored.reason : 'not-loaded'
    return new Map(resolved.rows.map((_, row) => [row, why]))
  }
  let failures: Map<number, string> | undefined
  const { scores, failed } = scored
  const { required } = loaded.signature
  for (let row = 0; row < scores.length; row++) {
    const why =
      failed?.get(row) ??
      (required.length > 0 ? lackedFeature(resolved, row, required) : undefined) ??
      (Number.isFinite(scores[row]) ? undefined : 'score-not-finite')
    if (why === undefined) continue
    failures ??= new Map()
    failures.set(row, why)
  }
  return failures
}

function chainOf({ target }: Share<Target>, { modelOff }: RequestFacts): FallbackChain {
  const { chain } = target.loaded
  if (target.withoutModel) return chain.filter(({ servedBy }) => servedBy !== 'former')
  return modelOff ? chainFrom(chain, modelOff.from) : chain
}

interface ModelRows {
  readonly resolved: ResolvedRows
  readonly scores: Float64Array
  readonly failures: ReadonlyMap<number, unknown> | undefined
}

function modelRows(share: Share<Target>, { resolved, scores, failures }: ModelRows): readonly DecidedRow[] {
  const by = share.target.loaded
  const rows: DecidedRow[] = []
  for (let at = 0; at < resolved.rows.length; at++) {
    if (failures?.has(at)) continue
    rows.push(rowOf(share, { at, by, resolved, from: at, score: scores[at] as number }))
  }
  return rows
}

/** `at`: place in the share; `from`: place in the rows as the release that answers has resolved them. */
type Outcome = Pick<Fallen, 'at' | 'by' | 'resolved' | 'from' | 'score'>

function rowOf(share: Share<Target>, { at, by, resolved, from, score }: Outcome): DecidedRow {
  const { thresholds } = by
  const drawn = share.drawn?.[at]
  const entity = resolved.rows[from] as DecidedRow['entity']
  const vector = resolved.vectorOf(from)
  const segmentAt = thresholds?.segmentAt(entity, vector) ?? -1
  return {
    row: drawn?.row ?? at,
    bucket: drawn?.bucket ?? null,
    armReason: drawn?.reason ?? share.reason,
    entity,
    vector,
    states: resolved.statesOf(from),
    eventTimes: resolved.eventTimesOf(from),
    score,
    segmentAt,
    acted: thresholds ? score > thresholds.thresholdAt(segmentAt) : null,
  }
}

interface FrameParts {
  readonly by: LoadedRelease
  readonly servedBy: ServedBy
  readonly reasons: readonly string[]
  readonly rows: readonly DecidedRow[]
}

/** Rows that were answered alike. */
function groupFallen(fallen: readonly Fallen[], share: Share<Target>): readonly FrameParts[] {
  const groups: (FrameParts & { readonly why: string | null; readonly rows: DecidedRow[] })[] = []
  for (const each of fallen) {
    const { by, servedBy, why, resolved } = each
    const row = rowOf(share, each)
    const group = groups.find(other => other.by === by && other.servedBy === servedBy && other.why === why)
    if (group) group.rows.push(row)
    else {
      const reasons = why === null ? resolved.reasons : [...resolved.reasons, why]
      groups.push({ by, servedBy, why, reasons, rows: [row] })
    }
  }
  return groups
}

interface Common extends Pick<DecidedRequest, 'retries' | 'latency'> {
  readonly facts: RequestFacts
  readonly share: Share<Target>
}

function frameOf(
  { facts, share, retries, latency }: Common,
  { by, servedBy, reasons, rows }: FrameParts,
): Frame {
  return {
    by,
    target: share.target,
    note: by.note,
    kind: facts.kind,
    arm: share.target.arm,
    assignment: share.assignment,
    shadowOf: null,
    parentId: null,
    jobId: null,
    caller: facts.caller,
    base: facts.base,
    requestId: facts.requestId,
    receivedAt: facts.receivedAt,
    decidedAt: facts.clock.nowMicros(),
    asOf: facts.asOf,
    servedBy,
    degradedReasons: reasons,
    retries,
    latency,
    rows,
  }
}
