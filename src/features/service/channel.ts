import type { Micros } from '../../kernel/time.ts'
import type { Field } from '../../kernel/values/index.ts'
import type { PushReport } from '../online/push.ts'
import type { BatchRecord } from './journal/records.ts'
import { type JournalWriter, openJournal, rememberedMicros } from './journal/writer.ts'
import type { FeatureWriteReport } from './model.ts'

/** A batch that is in the journal but not yet known to be in the store. */
export interface Unsettled {
  readonly batch: BatchRecord
  readonly fields: readonly Field[]
  settled(report: PushReport): void
}

/** One push source as its only writer has it. */
export interface Channel {
  readonly source: string
  readonly journal: JournalWriter
  /** By batch id, oldest first. A report comes when the batch is in the store. */
  readonly batches: Map<
    string,
    { readonly bodyHash: string | null; readonly at: Micros; readonly report: Promise<FeatureWriteReport> }
  >
  /** In the order of their sequences. */
  readonly unsettled: Unsettled[]
  /** Batches are written to the store one after the other. */
  tail: Promise<unknown>
}

/** Throws JOURNAL_DAMAGED. */
export function openChannel(
  source: string,
  options: { readonly folder: string; readonly now: Micros },
): Channel {
  const journal = openJournal(options)
  const channel: Channel = { source, journal, batches: new Map(), unsettled: [], tail: Promise.resolve() }
  for (const { batch, fields, report } of journal.recovered) {
    const settled =
      report === undefined
        ? new Promise<PushReport>(resolve => {
            channel.unsettled.push({ batch, fields, settled: resolve })
          })
        : Promise.resolve(report)
    const { batchId, bodyHash, now } = batch
    if (batchId !== null) channel.batches.set(batchId, { bodyHash, at: now, report: settled })
  }
  return channel
}

/** Batch ids are good for seven days. */
export function forgetOld(channel: Channel, now: Micros): void {
  for (const [id, { at }] of channel.batches) {
    if (at >= now - rememberedMicros) return
    channel.batches.delete(id)
  }
}
