import type { Purge } from '../../experiments/index.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { Handlers } from '../route-handlers.ts'

export function purgeHandlers({ purge }: { readonly purge: Purge }): Pick<Handlers, 'purgeDeleted'> {
  return {
    purgeDeleted: async ({ body: { olderThan, ...request }, principal }) => {
      const age = olderThan === undefined ? 0n : parseDuration(olderThan)
      const { experiments, held, more } = await purge.purge({ ...request, olderThan: age }, principal)
      return {
        experiments: [...experiments],
        held: held.map(({ by, ...member }) => ({ ...member, by: [...by] })),
        more,
      }
    },
  }
}
