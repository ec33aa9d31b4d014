import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { TrackingStores } from './ports.ts'
import type { RunReader } from './read-runs.ts'
import { unknownRun } from './refusals.ts'
import type { RunDocumentFormat } from './service.ts'

/** Wire forms of runs, kept with the revision they were written from. */
export interface RunDocuments {
  /** In the order given; those that are stale are written anew. Throws EXPERIMENT_RUN_UNKNOWN. */
  find(ids: readonly string[]): Promise<readonly string[]>
}

interface KeptDocument {
  readonly ref: number
  readonly revision: number
  readonly body: string
}

const keptLimit = 2_000
const storeAfterMs = 250

/**
 * A document that was read but not stored is kept in memory, and stored with others a little later: reading a run must
 * not wait for the disk, and one that is being logged to would be written again and again.
 */
export function createRunDocuments({
  uow,
  reader,
  format,
}: {
  readonly uow: UnitOfWork<TrackingStores>
  readonly reader: RunReader
  readonly format: RunDocumentFormat
}): RunDocuments {
  const kept = new Map<string, KeptDocument>()
  let toStore: KeptDocument[] = []

  function keep(id: string, document: KeptDocument): void {
    kept.delete(id)
    if (kept.size >= keptLimit) kept.delete(kept.keys().next().value ?? '')
    kept.set(id, document)
    if (toStore.length === 0) setTimeout(() => void store(), storeAfterMs).unref()
    toStore.push(document)
  }

  async function store(): Promise<void> {
    const documents = new Map(toStore.map(document => [document.ref, document]))
    toStore = []
    // They only save work: what cannot be stored is written anew when it is asked for.
    await uow.transaction(({ tracking }) => tracking.documents.write([...documents.values()])).catch(() => {})
  }

  async function build(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { tracking } = uow.read
    const runs = await tracking.runs.find(ids)
    const complete = await reader.complete(tracking, runs)
    return new Map(
      complete.map((run, index) => {
        const body = format(run)
        keep(run.id, { ref: runs[index]?.ref ?? 0, revision: run.revision, body })
        return [run.id, body]
      }),
    )
  }

  return {
    async find(ids) {
      if (ids.length === 0) return []
      const stored = await uow.read.tracking.documents.find(ids)
      const bodies = new Map<string, string>()
      for (const [id, { ref, revision, body }] of stored) {
        const known = kept.get(id)
        const isKnown = known?.revision === revision && known.ref === ref
        const fresh = body ?? (isKnown ? known.body : undefined)
        if (fresh !== undefined) bodies.set(id, fresh)
      }
      const stale = [...stored.keys()].filter(id => !bodies.has(id))
      if (stale.length > 0) for (const [id, body] of await build(stale)) bodies.set(id, body)
      return ids.map(id => {
        const body = bodies.get(id)
        if (body === undefined) throw unknownRun(id)
        return body
      })
    },
  }
}
