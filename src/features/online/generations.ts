import { FettleError } from '../../kernel/errors/index.ts'
import { decodeHead, encodeHead } from './head.ts'
import { formerHeadKey, headKey } from './keys.ts'
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
    { key: serving, next: () => encodeHead({ ...former, former: head.generation }) },
    { key: kept, next: () => encodeHead({ ...head, former: former.generation }) },
  ])
  return { generation: former.generation, former: head.generation }
}
