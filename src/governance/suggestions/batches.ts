import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import { outdate } from './decide.ts'
import type { Suggestion, SuggestionBatch, SuggestionDecision } from './model.ts'
import { changed, type SuggestionAct, type SuggestionStores } from './record.ts'

const sampleSize = 10
const largest = 2_000

/**
 * Gathers the open suggestions of less risk than `below` (upper bound of flips a week), at most 2 000, the safest first, and
 * draws their audit sample. Which ones are drawn is fixed by their ids: asking again with another limit draws no others.
 */
export async function startBatch(
  act: SuggestionAct,
  { below, subject }: { readonly below: number; readonly subject?: string },
): Promise<SuggestionBatch> {
  if (!(below > 0))
    throw new FettleError('BAD_REQUEST', `below: a number of flips a week above 0 is wanted, not ${below}`)
  const found = await act.stores.suggestions.safeSuggestions({
    ...(subject === undefined ? {} : { subject }),
    ...{ below, limit: largest },
  })
  if (found.length === 0)
    throw new FettleError(
      'BATCH_NOT_READY',
      `no open suggestion that may be taken together has an upper bound below ${below} flips a week`,
      {
        hint: 'fettle suggestions shows the bounds; those that hit a cap or have none are decided one by one.',
      },
    )
  const members = found.map(({ id }) => id)
  const batch: SuggestionBatch = {
    ...{ id: newId('bat'), by: act.by, at: act.at, below, subject: subject ?? null, members },
    ...{ sample: sampleOf(members), state: 'open', accepted: 0 },
    flipsPerWeekUpper: found.reduce((sum, each) => sum + (each.flipsPerWeekUpper ?? 0), 0),
  }
  await act.stores.suggestions.insertBatch(batch)
  await act.stores.audit.append({
    ...{
      at: act.at,
      principal: act.by,
      action: 'suggestions.batch-started',
      object: subject ?? 'suggestions:all',
    },
    details: { id: batch.id, below, size: members.length, sample: [...batch.sample] },
  })
  return batch
}

/** The members whose hashes are smallest, in the order of the hashes. */
export function sampleOf(members: readonly string[]): readonly string[] {
  return members
    .map(id => [sha256Hex(`fettle-batch/1|${id}`), id] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, sampleSize)
    .map(([, id]) => id)
}

export interface AcceptedBatch {
  readonly batch: SuggestionBatch
  /** Members that were not open any more: decided by others, expired or superseded. */
  readonly skipped: readonly string[]
}

/**
 * Accepts what is left of a batch, in one transaction. Throws BATCH_UNKNOWN, BATCH_NOT_READY: the audit sample is not decided
 * one by one by the same person, or some of it was refused.
 */
export async function acceptBatch(
  act: SuggestionAct,
  id: string,
  { seconds, note }: { readonly seconds: number | null; readonly note: string },
): Promise<AcceptedBatch> {
  const batch = await knownBatch(act.stores, id)
  await assertReady(act, batch)
  const rest = batch.members.filter(each => !batch.sample.includes(each))
  const skipped: string[] = []
  for (const each of rest) {
    const suggestion = await act.stores.suggestions.findSuggestion(each)
    if (suggestion === undefined || !isSafe(act, suggestion, batch)) {
      skipped.push(each)
      continue
    }
    await acceptMember(act, suggestion, { batch: id, note })
  }
  const accepted = { ...batch, state: 'accepted' as const, accepted: rest.length - skipped.length }
  await act.stores.suggestions.updateBatch(accepted)
  await act.stores.audit.append({
    ...{ at: act.at, principal: act.by, action: 'suggestions.batch-accepted' },
    object: batch.subject ?? 'suggestions:all',
    details: { id, accepted: accepted.accepted, skipped: skipped.length, seconds, note },
  })
  return { batch: accepted, skipped }
}

function isSafe({ at }: SuggestionAct, suggestion: Suggestion, { below }: SuggestionBatch): boolean {
  const { state, level, capHit, expiresAt, flipsPerWeekUpper: upper } = suggestion
  return (
    state === 'open' && level === 'suggest' && !capHit && at < expiresAt && upper !== null && upper < below
  )
}

async function acceptMember(
  act: SuggestionAct,
  suggestion: Suggestion,
  { batch, note }: { readonly batch: string; readonly note: string },
): Promise<void> {
  const decision: SuggestionDecision = {
    ...{ by: act.by, at: act.at, reason: null, note, value: null, seconds: null, batch },
    ...{ counts: false, countsNot: 'batch' },
  }
  const accepted = await changed(
    act,
    { ...suggestion, state: 'accepted', decision },
    { action: 'accepted', details: { batch, countsNot: 'batch' } },
  )
  await outdate(act, accepted)
}

async function assertReady(act: SuggestionAct, batch: SuggestionBatch): Promise<void> {
  if (batch.state !== 'open')
    throw new FettleError('BATCH_NOT_READY', `${batch.id} was accepted by ${batch.by} before`)
  if (batch.by !== act.by)
    throw new FettleError('BATCH_NOT_READY', `${batch.id} is of ${batch.by}, who decides its sample`)
  const sample = await Promise.all(batch.sample.map(id => act.stores.suggestions.findSuggestion(id)))
  const own = sample.filter(each => each?.decision?.by === act.by && each.decision.batch === batch.id)
  const missing = batch.sample.length - own.length
  if (missing > 0)
    throw new FettleError(
      'BATCH_NOT_READY',
      `${missing} of the ${batch.sample.length} in the audit sample of ${batch.id} are not decided one by one by ${act.by}`,
      { details: { sample: batch.sample.filter(id => !own.some(each => each?.id === id)) } },
    )
  const refused = own.filter(each => each?.state === 'edited' || each?.state === 'rejected')
  if (refused.length > 0)
    throw new FettleError(
      'BATCH_NOT_READY',
      `${refused.length} of the ${batch.sample.length} in the audit sample were refused: the rest is no safe tail`,
      { hint: 'Decide the others one by one, or start a batch with a lower risk.' },
    )
}

export async function knownBatch(
  { suggestions }: Pick<SuggestionStores, 'suggestions'>,
  id: string,
): Promise<SuggestionBatch> {
  const found = await suggestions.findBatch(id)
  if (found === undefined) throw new FettleError('BATCH_UNKNOWN', `there is no batch ${id.slice(0, 80)}`)
  return found
}

/** A batch with its audit sample as it is now. */
export interface ShownBatch extends SuggestionBatch {
  readonly drawn: readonly Suggestion[]
}

export async function withSample(
  { suggestions }: Pick<SuggestionStores, 'suggestions'>,
  batch: SuggestionBatch,
): Promise<ShownBatch> {
  const drawn = await Promise.all(batch.sample.map(id => suggestions.findSuggestion(id)))
  return { ...batch, drawn: drawn.filter(each => each !== undefined) }
}
