import { z } from 'zod'
import { quantity, timestamp } from './common.ts'
import { comparisonReport, contractsReport } from './judged.ts'

const interval = z.object({ lower: z.number(), upper: z.number() })
const counts = z.object({ events: z.number(), of: z.number() })
const byName = z.record(z.string(), z.number())
const byArm = z.object({ champion: z.number(), challenger: z.number(), control: z.number() })

const harmCell = z.object({
  contract: z.string(),
  slice: z.string(),
  metric: z.string(),
  status: z.enum(['protected', 'watched', 'dry-run']),
  n: z.number(),
  estimate: quantity,
  margin: z.number().nullable(),
  /** Holds at any time it is looked at. */
  interval: interval.nullable(),
  logLambda: quantity,
  /** Running minimum over the looks so far. */
  p: quantity,
  pHolm: z.number().nullable(),
  harmed: z.boolean(),
})

const guardReading = z.object({
  guard: z.enum(['error_rate', 'slow_rate', 'degraded_share']),
  champion: counts,
  challenger: counts,
  limit: z.string(),
  logLambda: quantity,
  state: z.enum(['ok', 'warning', 'breached', 'not-measured']),
})

/** Scores of both on the same rows, counted in bins of equal width. */
const scoreCounts = z.object({
  from: z.number(),
  to: z.number(),
  champion: z.array(z.number()),
  challenger: z.array(z.number()),
})

const flipSlice = z.object({
  slice: z.string(),
  n: z.number(),
  both: z.number(),
  neither: z.number(),
  onlyChallenger: z.number(),
  onlyChampion: z.number(),
  disagreement: quantity,
  /** Action rate of the challenger less that of the champion. */
  difference: quantity,
  interval: interval.nullable(),
  pMcNemar: quantity,
  psi: quantity,
  ks: quantity,
  meanShift: quantity,
  rankCorrelation: quantity,
  flipsPerWeek: quantity,
  challengerRight: z.number(),
  championRight: z.number(),
})

const side = z.object({ score: z.number(), acts: z.boolean() })

const flipReport = z.object({
  pairs: z.number(),
  all: flipSlice,
  /** Of the whole population; absent in looks that did not count it. */
  scores: scoreCounts.nullish(),
  /** Most harmed first. */
  slices: z.array(flipSlice),
  /** The 50 largest by difference of score. */
  flips: z.array(
    z.object({
      predictionId: z.string(),
      shadowId: z.string(),
      at: timestamp,
      names: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
      slices: z.array(z.string()),
      champion: side,
      challenger: side,
      label: z.number().nullable(),
    }),
  ),
})

const armMean = z.object({ units: z.number(), mean: quantity })

const armOutcome = z.object({
  kind: z.string(),
  unit: z.string(),
  /** `model-against-holdback`: what serves stands in the place of the challenger. */
  comparison: z.enum(['new-against-old', 'model-against-holdback']),
  champion: armMean,
  challenger: armMean,
  difference: quantity,
  interval: interval.nullable(),
  verdict: z.enum(['helping', 'harming', 'neutral', 'unknown']),
  needed: z.number().nullable(),
})

/** One look among those kept, as far as a chart over time needs it. */
export const lookPoint = z.object({
  /** `look_…`. */
  id: z.string(),
  at: timestamp,
  stage: z.enum(['shadow', 'canary', 'probation']),
  /** Share of the answers that have a pair. */
  coverage: quantity,
  /** Share of the pairs on which both do the same. */
  agreement: quantity,
  /** Share of the pairs on which each acts. */
  actionRate: z.object({ champion: quantity, challenger: quantity }),
  psi: quantity,
  guards: z.array(guardReading.pick({ guard: true, champion: true, challenger: true, state: true })),
  harm: z.array(
    harmCell.pick({
      ...{ contract: true, slice: true, metric: true, status: true, n: true },
      ...{ estimate: true, margin: true, interval: true, harmed: true },
    }),
  ),
})

/** What one look at a rollout found: what its guards read. */
export const stageEvidence = z.object({
  schema: z.literal(1),
  stage: z.enum(['shadow', 'canary', 'probation']),
  at: timestamp,
  since: timestamp,
  coverage: z
    .object({
      eligible: z.number(),
      pairs: z.number(),
      share: quantity,
      /** By reason: ring full, queue delay, error, timeout. */
      drops: byName,
      biased: z.boolean(),
    })
    .nullable(),
  answers: byArm,
  units: byArm,
  sampleRatio: z
    .object({
      counts: byName,
      expected: byName,
      p: quantity,
      logLambda: quantity,
      state: z.enum(['ok', 'mismatch', 'not-measured']),
    })
    .nullable(),
  matured: z.object({ rows: z.number(), labelled: z.number(), share: quantity }),
  contracts: contractsReport.nullable(),
  planned: z.object({ cells: z.number(), reached: z.number() }),
  harm: z.array(harmCell),
  harmed: z.boolean(),
  guards: z.array(guardReading),
  flips: flipReport.nullable(),
  comparison: comparisonReport.nullable(),
  outcomes: z.array(armOutcome),
  /** What could not be measured, in sentences. */
  notes: z.array(z.string()),
})

export type StageEvidenceView = z.infer<typeof stageEvidence>
export type HarmCellView = z.infer<typeof harmCell>
export type LookPointView = z.infer<typeof lookPoint>
export type FlipReportView = z.infer<typeof flipReport>
