import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { decodeHead, encodeHead } from './head.ts'
import { formerHeadKey, generationPrefix, headKey, type ViewId } from './keys.ts'
import type { OnlineView } from './model.ts'
import type { OnlineStore } from './ports.ts'

/**
 * Moves a view back to the generation that served before, with everything its head said then; once more moves it forward
 * again. Throws GENERATION_GONE when no former generation is kept.
 */
export async function rollbackView(
  store: OnlineStore,
  { name, version }: Pick<OnlineView, 'name' | 'version'>,
): Promise<{ readonly generation: number; readonly former: number }> {
  const [serving, kept] = [headKey({ name, version }), formerHeadKey({ name, version })]
  const [headBytes, formerBytes] = await store.readMany([serving, kept])
  const head = headBytes && decodeHead(headBytes)
  const former = formerBytes && decodeHead(formerBytes)
  if (head === undefined || former === undefined || head.former !== former.generation)
    throw new FettleError(
      'GENERATION_GONE',
      `view ${name}@v${version} has no former generation to go back to`,
      {
        details: { view: name, version },
      },
    )
  await store.update([
    { key: serving, next: () => encodeHead({ ...former, former: head.generation, replaced: null }) },
    {
      key: kept,
      next: () => encodeHead({ ...head, former: former.generation, replaced: former.replaced ?? null }),
    },
  ])
  return { generation: former.generation, former: head.generation }
}

/** How long a generation that no longer serves is kept. */
const keptFor = 7n * 86_400_000_000n

/** Removes the former generation of a view: first the way back to it, then what it holds. */
export async function dropFormer(store: OnlineStore, view: ViewId): Promise<void> {
  const key = formerHeadKey(view)
  const [bytes] = await store.readMany([key])
  if (bytes === undefined) return
  await store.update([{ key, next: () => null }])
  await store.removeAll(generationPrefix(view, decodeHead(bytes).generation))
}

/** Removes the former generation of a view if it was replaced more than seven days ago. */
export async function dropOldFormer(store: OnlineStore, view: ViewId, now: Micros): Promise<void> {
  const [bytes] = await store.readMany([formerHeadKey(view)])
  const replaced = bytes && decodeHead(bytes).replaced
  if (replaced && now - replaced > keptFor) await dropFormer(store, view)
}
