import { FettleError } from '../../../kernel/errors/index.ts'
import { pointIdentity } from '../../series/order.ts'
import { addPoint, factsOf } from '../../series/summary.ts'
import type { CheckedBatch } from '../limits.ts'
import type { LoggedPoint } from '../model.ts'
import { isBeyond } from './load-states.ts'
import type { RunState, SeriesState } from './run-state.ts'

/** What a batch changed; `replaced` holds the former values of tags. */
export interface Applied {
  readonly params: readonly string[]
  readonly tags: readonly string[]
  readonly replaced: Readonly<Record<string, string>>
  readonly points: number
}

/** Throws PARAM_CHANGED before anything of the batch is applied. */
export function applyBatch(run: string, state: RunState, batch: CheckedBatch): Applied {
  for (const [key, value] of batch.params) {
    const before = state.params.get(key)
    if (before != null && before !== value) throw paramChanged(run, { key, before, after: value })
  }
  const params: string[] = []
  for (const [key, value] of batch.params) {
    if (state.params.get(key) != null) continue
    state.params.set(key, value)
    params.push(key)
  }
  const tags: string[] = []
  const replaced: [string, string][] = []
  for (const [key, value] of batch.tags) {
    const before = state.tags.get(key)
    if (before === value) continue
    if (before != null) replaced.push([key, before])
    state.tags.set(key, value)
    tags.push(key)
  }
  let points = 0
  for (const point of batch.metrics) if (applyPoint(state, point)) points += 1
  return { params, tags, replaced: Object.fromEntries(replaced), points }
}

function paramChanged(
  run: string,
  { key, before, after }: { readonly key: string; readonly before: string; readonly after: string },
): FettleError {
  return new FettleError(
    'PARAM_CHANGED',
    `Changing param values is not allowed. Param with key='${key}' was already logged with value='${before}' for run ID='${run}'. Attempted logging new value '${after}'.`,
    { details: { key, before, after } },
  )
}

/** False for a point the series holds already. */
function applyPoint({ series }: RunState, { key, step, at, value }: LoggedPoint): boolean {
  const point = { step, at, value }
  const known = series.get(key)
  if (known == null) {
    series.set(key, {
      facts: factsOf(point),
      tail: 0,
      chunks: 0,
      isChanged: true,
      pending: [point],
      identities: undefined,
      stored: undefined,
    })
    return true
  }
  if (!isBeyond(point, known) && isKnown(known, pointIdentity(point))) return false
  if (addPoint(known.facts, point)) known.isChanged = true
  known.pending.push(point)
  known.identities?.add(pointIdentity(point))
  return true
}

function isKnown(state: SeriesState, identity: string): boolean {
  state.identities ??= new Set(state.pending.map(pointIdentity))
  return state.identities.has(identity) || state.stored?.has(identity) === true
}
