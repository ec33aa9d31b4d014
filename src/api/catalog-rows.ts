import { z } from 'zod'
import { json, timestamp } from './common.ts'

/** A few rows as text, masked by class: personal values are hidden, sensitive columns are left out. */
export const sampleRows = z.object({
  of: z.string(),
  asOf: timestamp.nullable(),
  contentVersion: z.string().nullable(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), masked: z.boolean() })),
  /** Names of sensitive columns that are not shown. */
  hidden: z.array(z.string()),
  /** At most 20; a null is a null. */
  rows: z.array(z.array(z.string().nullable())),
  /** Which rows these are, in words. */
  basis: z.string(),
})

const explainedSourceRow = z.object({
  eventTime: timestamp.nullable(),
  knownTime: timestamp.nullable(),
  sequence: z.string().nullable(),
  columns: z.record(z.string(), json),
})
const lostRow = explainedSourceRow.extend({
  reason: z.enum(['later event', 'known only later', 'never known', 'smaller in a tie', 'older event']),
})
const explainedLookup = z.object({
  kind: z.literal('lookup'),
  name: z.string(),
  view: z.string(),
  keys: z.record(z.string(), json),
  winner: explainedSourceRow.nullable(),
  refused: z.enum(['null key', 'no row', 'tombstone', 'outside look-back']).nullable(),
  lookbackFrom: timestamp.nullable(),
  features: z.array(z.object({ name: z.string(), value: json, status: z.enum(['P', 'N', 'F', 'A']) })),
  losers: z.array(lostRow),
})
const explainedWindow = z.object({
  kind: z.literal('window'),
  name: z.string(),
  view: z.string(),
  keys: z.record(z.string(), json),
  operator: z.string(),
  column: z.string().nullable(),
  from: timestamp.nullable(),
  to: timestamp,
  counted: z.number(),
  nulls: z.number(),
  first: z.array(explainedSourceRow),
  last: z.array(explainedSourceRow),
  excluded: z.object({
    'known only later': z.number(),
    'replaced by a newer version': z.number(),
    tombstone: z.number(),
    condition: z.number(),
  }),
  knownLater: z.array(explainedSourceRow),
})
/** Which source rows gave each value of one training row, and why no later one did. Personal values are masked. */
export const rowExplanation = z.object({
  /** Identity of the stored set. */
  set: z.string(),
  row: z.number().nullable(),
  time: timestamp,
  asOf: timestamp,
  spine: z.record(z.string(), json),
  lookups: z.array(z.discriminatedUnion('kind', [explainedLookup, explainedWindow])),
  /** Sources whose content is no longer what the set was built from: the explanation is of today's rows. */
  changedSources: z.array(z.string()),
  /** The same in plain sentences, one paragraph for each lookup or window. */
  sentences: z.array(z.string()),
})

export type SampleRows = z.infer<typeof sampleRows>
export type ExplainedTrainingRow = z.infer<typeof rowExplanation>
