import type { Erasure } from '../../governance/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type ErasureHandlers = Pick<
  Handlers,
  'resolveErasure' | 'requestErasure' | 'erasures' | 'erasure' | 'verifyErasure'
>

export function erasureHandlers({ erasures }: Pick<Services, 'erasures'>): ErasureHandlers {
  return {
    resolveErasure: async ({ body: { entity, key } }) => {
      const { places, ...resolved } = await erasures.resolve(entity, key)
      return { ...resolved, places: [...places] }
    },
    requestErasure: async ({ body, principal }) => toWire(await erasures.request(body, principal)),
    erasures: async () => ({ items: (await erasures.list()).map(toWire) }),
    erasure: async ({ params: { id } }) => toWire(await erasures.get(id)),
    verifyErasure: async ({ body }) => {
      const faults = await erasures.verify(body)
      return { ok: faults.length === 0, faults: [...faults] }
    },
  }
}

function toWire({ requestedAt, effectiveAt, places, receipt, ...erasure }: Erasure) {
  return {
    ...erasure,
    places: [...places],
    requestedAt: formatTimestamp(requestedAt),
    effectiveAt: effectiveAt === null ? null : formatTimestamp(effectiveAt),
    receipt: receipt && structuredClone(receipt as Mutable<typeof receipt>),
  }
}

type Mutable<Value> = Value extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : Value extends object
    ? { -readonly [Name in keyof Value]: Mutable<Value[Name]> }
    : Value
