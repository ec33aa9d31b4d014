import type { Erasure, ErasureReceipt } from '../../src/governance/index.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import type { Services } from '../../src/server/services.ts'

const at = '1970-01-01T00:00:00.000000Z'

export const sampleReceipt: ErasureReceipt = {
  schema: 1,
  receipt: 'ers_1',
  project: 'flights',
  entity: 'airport',
  subject: `hmac:${'a'.repeat(64)}`,
  basis: 'request',
  requested: at,
  effective: at,
  completed: null,
  by: ['local'],
  stores: [{ store: 'online', act: 'deleted', found: 3, left: 0 }],
  datasets: [{ id: 'ds-1', name: 'late', rows: 2 }],
  models: [{ version: 'late@1', trainingSet: 'ds-1' }],
  outside: [{ source: 'flights', where: 'flights.csv', statement: 'write it without "airport" = :airport' }],
  open: [{ what: 'decision records', why: 'kept as proof' }],
  audit: { seq: 2, hash: 'sha256:b' },
  signature: 'ed25519:c',
}

const erased: Erasure = {
  id: 'ers_1',
  entity: 'airport',
  token: 'a'.repeat(64),
  state: 'done',
  reason: 'request 7',
  principal: 'local',
  requestedAt: 0n,
  effectiveAt: 0n,
  places: sampleReceipt.stores,
  problem: null,
  receipt: sampleReceipt,
}

/** One erasure, of one airport. */
export function fakeErasures(called: (name: string, args: unknown) => void): Services['erasures'] {
  const known = (entity: string): void => {
    if (entity !== 'airport') throw new FettleError('ENTITY_UNKNOWN', `no entity "${entity}" is applied`)
  }
  return {
    resolve: async entity => {
      known(entity)
      return { entity, token: erased.token, places: [{ store: 'online', found: 3 }], erasure: null }
    },
    request: async (asked, principal) => {
      known(asked.entity)
      called('requestErasure', { asked, principal })
      return erased
    },
    get: async id => {
      if (id === erased.id) return erased
      throw new FettleError('ERASURE_UNKNOWN', `there is no erasure ${id}`)
    },
    list: async () => [erased],
    verify: async receipt =>
      receipt.signature === sampleReceipt.signature ? [] : ['the signature is not that'],
  }
}
