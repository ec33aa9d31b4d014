import type { Micros } from '../../kernel/time.ts'
import type { ViewClosure } from '../model.ts'
import type { OfflineEngine } from '../offline/ports.ts'
import { decodeHead, type Head } from './head.ts'
import { epochPrefix, headKey, runKey } from './keys.ts'
import { livePlace, loadKey, openKeys, removal } from './live-keys.ts'
import {
  fill,
  type Job,
  type MaterializeOptions,
  materializeView,
  report,
  type Scanner,
  withRunLock,
} from './materialize.ts'
import type { MaterializationReport, ViewMaterialization } from './model.ts'
import type { OnlineStore } from './ports.ts'
import type { Run } from './run.ts'
import { createTally } from './tally.ts'
import { planView } from './view-plan.ts'

export interface RemergeOptions extends MaterializeOptions {
  /** Event times, both inclusive. */
  readonly from: Micros
  readonly to: Micros
}

/**
 * Merges the rows of a range of event time once more into what is served; the watermark stays where it is (features.md
 * §8.6). Keys of window views of batch sources are made anew as wholes. A view that was never materialized is
 * materialized first. Throws as `materialize`.
 */
export async function remergeRange(
  engine: Scanner,
  store: OnlineStore,
  closure: ViewClosure,
  options: RemergeOptions,
): Promise<MaterializationReport> {
  const views: ViewMaterialization[] = []
  for (const { name } of closure.views) {
    const job: Job = { engine, store, closure, options, view: planView(closure, name) }
    const head = await servingHead(job)
    views.push(
      head === undefined
        ? await materializeView(job)
        : await withRunLock(job, () =>
            remerge(job, head, { from: options.from, to: options.to, keys: null }),
          ),
    )
  }
  return { views }
}

/**
 * Makes some keys of one view anew from the source: what is stored of them is removed, then merged again. What is written
 * to such a key at the same moment may be missing until the next run.
 */
export async function repairKeys(
  engine: Pick<OfflineEngine, 'scanView'>,
  store: OnlineStore,
  repair: { readonly closure: ViewClosure; readonly view: string; readonly keys: readonly Buffer[] },
  options: MaterializeOptions,
): Promise<ViewMaterialization> {
  const job: Job = {
    engine,
    store,
    closure: repair.closure,
    options,
    view: planView(repair.closure, repair.view),
  }
  const head = await servingHead(job)
  if (head === undefined) return materializeView(job)
  return withRunLock(job, async () => {
    await removeKeys(job, head, repair.keys)
    const keys = new Set(repair.keys.map(key => key.toString('latin1')))
    return remerge(job, head, { from: null, to: null, keys })
  })
}

async function servingHead({ store, view }: Job): Promise<Head | undefined> {
  const [bytes] = await store.readMany([headKey(view.id)])
  const head = bytes && decodeHead(bytes)
  return head?.definition === view.definition ? head : undefined
}

async function removeKeys({ store, view, options }: Job, head: Head, keys: readonly Buffer[]): Promise<void> {
  if (view.kind === 'window' && view.live) {
    const place = livePlace(store, view, { generation: head.generation, now: options.now })
    for (const live of await openKeys(place, keys)) {
      await loadKey(place, live)
      await removal(place, live)
    }
    return
  }
  const epochs = Array.from({ length: head.epochs.count }, (_, epoch) => epoch)
  await store.update(
    keys.flatMap(key =>
      epochs.map(epoch => ({
        key: Buffer.concat([epochPrefix(view.id, head.generation, epoch), key]),
        next: () => null,
      })),
    ),
  )
}

interface Part {
  readonly from: Micros | null
  readonly to: Micros | null
  readonly keys: ReadonlySet<string> | null
}

async function remerge(job: Job, head: Head, part: Part): Promise<ViewMaterialization> {
  const { store, view, options } = job
  const started = performance.now()
  const whole = view.kind === 'window' && !view.live
  const { from, to } = part
  const now = whole ? head.from : options.now
  const run: Run = {
    mode: 'incremental',
    resumed: false,
    generation: head.generation,
    now,
    epochs: head.epochs,
    deferUntil:
      whole || options.deferUntil === undefined ? maximum(head.epochs.until, now) : options.deferUntil,
    knownAfter: null,
    knownUpTo: head.watermark,
    scanUpTo: maximum(head.epochs.until, now),
    eventFrom: whole || from === null ? view.eventFrom(now) : from,
    source: null,
    merged: null,
    part: {
      keeps: row => whole || ((from === null || row.event >= from) && (to === null || row.event <= to)),
      keys: part.keys,
    },
    state: { lastKey: null },
    encode: () => Buffer.from(JSON.stringify({ identity: 'remerge', lastKey: null })),
  }
  const tally = createTally()
  await fill(job, run, tally)
  await store.update([{ key: runKey(view.id), next: () => null }])
  return report(job, { head, before: head, run, tally, started })
}

const maximum = (left: Micros, right: Micros): Micros => (left > right ? left : right)
