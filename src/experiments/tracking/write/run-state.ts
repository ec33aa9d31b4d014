import type { SeriesPoint } from '../../series/order.ts'
import type { SeriesFacts } from '../../series/summary.ts'
import type { StoredRun, StoredSeries } from '../ports.ts'

/** A series as a commit sees it: what is stored, and what this commit adds. */
export interface SeriesState {
  facts: SeriesFacts
  tail: number
  chunks: number
  /** Whether more than count, latest and ranges changed. */
  isChanged: boolean
  /** Points of this commit. */
  pending: SeriesPoint[]
  /** Identities of the pending ones, once a point may be among them. */
  identities: Set<string> | undefined
  /** Identities, among those asked about, that are stored. */
  stored: ReadonlySet<string> | undefined
}

/** A stored series, to which nothing is added yet. */
export function seriesState({
  run: _,
  key: _key,
  experiment: _e,
  tail,
  chunks,
  ...facts
}: StoredSeries): SeriesState {
  return {
    ...{ facts, tail, chunks, isChanged: false },
    ...{ pending: [], identities: undefined, stored: undefined },
  }
}

/** What is known of a run at a revision; null is known to be absent. */
export interface RunState {
  /** Number of the run: an id may come back after a purge. */
  readonly ref: number
  readonly revision: number
  /** How many blocks it has, where that is known. */
  blocks: number | undefined
  readonly params: Map<string, string | null>
  readonly tags: Map<string, string | null>
  readonly series: Map<string, SeriesState | null>
}

const stateLimit = 20_000
const sizeOf = ({ params, tags, series }: RunState) => 1 + params.size + tags.size + series.size

/**
 * States of runs that are being written. A state holds for one revision only: whoever else changes the run raises it, so
 * what is kept is never stale. States are taken out for a commit and put back once it is durable.
 */
export function createRunStates() {
  const states = new Map<string, RunState>()
  let size = 0

  function remove(id: string): RunState | undefined {
    const known = states.get(id)
    if (known === undefined) return undefined
    states.delete(id)
    size -= sizeOf(known)
    return known
  }

  return {
    take({ id, ref, revision }: StoredRun): RunState {
      const known = remove(id)
      return known?.revision === revision && known.ref === ref
        ? known
        : { ref, revision, blocks: undefined, params: new Map(), tags: new Map(), series: new Map() }
    },
    put(id: string, state: RunState): void {
      remove(id)
      for (const oldest of states.keys()) {
        if (size <= stateLimit) break
        remove(oldest)
      }
      states.set(id, state)
      size += sizeOf(state)
    },
  }
}

export type RunStates = ReturnType<typeof createRunStates>
