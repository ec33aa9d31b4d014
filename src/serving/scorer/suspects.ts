import { createHash } from 'node:crypto'

const rememberMillis = 600_000
const maxRows = 10_000
/** A row that was with a scorer at this many deaths is asked alone. */
const deathsToSuspect = 2

/**
 * Rows that were with a scorer when it ended, known by the hash of their vector, for ten minutes. A row that ends a
 * scorer it has to itself, after others before, is refused: it would end every process that gets it.
 */
export interface Suspects {
  /** True when some row has to be looked at; false costs nothing. */
  any(): boolean
  /** `refused`: it is not scored; `alone`: only by itself. */
  verdictOf(vector: Float64Array): 'refused' | 'alone' | 'free'
  /** A scorer ended with this row. Alone with it, it may be refused from now on: then true. */
  died(vector: Float64Array, alone: boolean): boolean
  /** It was scored. */
  cleared(vector: Float64Array): void
  refused(): number
}

interface Suspect {
  deaths: number
  refused: boolean
  readonly until: number
}

export function createSuspects(now: () => number = () => performance.now()): Suspects {
  const rows = new Map<string, Suspect>()

  function find(key: string): Suspect | undefined {
    const found = rows.get(key)
    if (found && found.until <= now()) {
      rows.delete(key)
      return undefined
    }
    return found
  }

  return {
    any: () => rows.size > 0,
    verdictOf(vector) {
      const found = find(hashOf(vector))
      if (!found) return 'free'
      return found.refused ? 'refused' : found.deaths >= deathsToSuspect ? 'alone' : 'free'
    },
    died(vector, alone) {
      const key = hashOf(vector)
      const suspect = find(key) ?? { deaths: 0, refused: false, until: now() + rememberMillis }
      suspect.deaths += 1
      suspect.refused ||= alone && suspect.deaths >= deathsToSuspect
      rows.set(key, suspect)
      const [oldest] = rows.keys()
      if (rows.size > maxRows && oldest !== undefined) rows.delete(oldest)
      return suspect.refused
    },
    cleared: vector => void rows.delete(hashOf(vector)),
    refused: () => [...rows.keys()].filter(key => find(key)?.refused).length,
  }
}

function hashOf({ buffer, byteOffset, byteLength }: Float64Array): string {
  return createHash('sha256')
    .update(Buffer.from(buffer, byteOffset, byteLength))
    .digest('base64')
}
