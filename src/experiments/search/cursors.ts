import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { FettleError } from '../../kernel/errors/index.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { Place, TrackingSearchStore } from './ports.ts'

const macBytes = 16

/** Writes and reads places as opaque cursors, signed together with the question (`scope`) they belong to. */
export interface Cursors {
  write(scope: string, place: Place): Promise<string>
  /** Undefined without a cursor. Throws BAD_REQUEST for one that was altered or is of another question or store. */
  read(scope: string, cursor: string | undefined): Promise<Place | undefined>
}

export function createCursors(uow: UnitOfWork<{ readonly trackingSearch: TrackingSearchStore }>): Cursors {
  let known: Promise<string> | undefined
  const secret = () => {
    known ??= storeSecret(uow).catch(error => {
      known = undefined
      throw error
    })
    return known
  }
  return {
    async write(scope, place) {
      const content = JSON.stringify(
        place.map(part => (typeof part === 'bigint' ? { int: `${part}` } : part)),
      )
      return Buffer.concat([sign(await secret(), scope, content), Buffer.from(content)]).toString('base64url')
    },
    async read(scope, cursor) {
      if (cursor === undefined || cursor === '') return undefined
      const bytes = Buffer.from(cursor, 'base64url')
      const content = bytes.subarray(macBytes).toString()
      const wanted = sign(await secret(), scope, content)
      const given = bytes.subarray(0, macBytes)
      if (given.length === macBytes && timingSafeEqual(given, wanted)) return readPlace(content)
      throw new FettleError('BAD_REQUEST', 'cursor: not a page token that this search gave out', {
        hint: 'Start again without a cursor.',
      })
    },
  }
}

async function storeSecret(
  uow: UnitOfWork<{ readonly trackingSearch: TrackingSearchStore }>,
): Promise<string> {
  const kept = await uow.read.trackingSearch.secret()
  if (kept !== undefined) return kept
  return uow.transaction(async ({ trackingSearch }) => {
    await trackingSearch.keepSecret(randomBytes(32).toString('hex'))
    return (await trackingSearch.secret()) ?? ''
  })
}

function sign(secret: string, scope: string, content: string): Buffer {
  return createHmac('sha256', secret).update(`${scope}\n${content}`).digest().subarray(0, macBytes)
}

/** Signed by us: it has the form we gave it. */
function readPlace(content: string): Place {
  const parts = JSON.parse(content) as readonly (string | number | { readonly int: string })[]
  return parts.map(part => (typeof part === 'object' ? BigInt(part.int) : part))
}
