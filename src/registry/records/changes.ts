import type { TrackingSearchStore } from '../../experiments/index.ts'
import { auditWriter, type Principal } from '../../governance/index.ts'
import { type Json, sha256Hex } from '../../kernel/canonical.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { ModelFile } from '../model.ts'
import type { RegistryStores } from '../move-alias.ts'
import { announce, type RegistryNews } from '../webhooks/announce.ts'
import type { ContentSources } from './content.ts'

export interface RegistryRecordsDeps extends Omit<ContentSources, 'store'> {
  readonly uow: UnitOfWork<RegistryStores & { readonly trackingSearch: TrackingSearchStore }>
  readonly clock: Clock
  /** Throws where a signature among the files was made for others. */
  assertUnaltered?(files: readonly ModelFile[]): Promise<void>
}

/** What was done to a model, in words of the audit. */
export interface RecordedChange {
  readonly action: string
  readonly model: string
  readonly details: Readonly<Record<string, Json>>
  /** What webhooks are told of it. */
  readonly news?: RegistryNews
}

/** One change of the registry, its audit row in the same transaction; no row when `work` says that nothing changed. */
export async function change<Result>(
  { uow, clock }: RegistryRecordsDeps,
  principal: Principal,
  work: (
    stores: RegistryStores,
  ) => Promise<{ readonly result: Result; readonly recorded: RecordedChange | null }>,
): Promise<Result> {
  return uow.transaction(async stores => {
    const { result, recorded } = await work(stores)
    if (recorded !== null)
      await auditWriter(clock, principal)(stores, {
        action: recorded.action,
        object: `model:${recorded.model}`,
        details: recorded.details,
      })
    if (recorded?.news !== undefined) await announce(stores, recorded.news, clock.nowMicros())
    return result
  })
}

const shownLength = 500

/** A text as the audit keeps it: the beginning of a long one, with the hash of the whole. */
export function shown(text: string | undefined): string | null {
  if (text === undefined) return null
  return text.length <= shownLength
    ? text
    : `${text.slice(0, shownLength)}… (${text.length} characters, sha256:${sha256Hex(text)})`
}
