import { z } from 'zod'
import { quantity } from './common.ts'

/** What the rows said of a release, as the pages show it: the reports of the evaluation, field by field. */
const interval = z.object({ lower: z.number(), upper: z.number() })
const verdict = z.enum(['pass', 'fail', 'inconclusive'])
const status = z.enum(['protected', 'watched', 'dry-run'])
const names = z.record(z.string(), z.union([z.string(), z.number(), z.null()]))

const contractCell = z.object({
  contract: z.string(),
  claim: z.string(),
  form: z.enum(['atMost', 'atLeast', 'noWorse', 'within', 'better', 'fair']),
  slice: z.string(),
  status,
  metric: z.string(),
  rows: z.number(),
  matured: z.number(),
  effective: z.number(),
  champion: quantity,
  challenger: quantity,
  estimate: quantity,
  lower: quantity,
  upper: quantity,
  margin: z.number().nullable(),
  pPass: quantity,
  pFail: quantity,
  pFailHolm: z.number().nullable(),
  verdict,
  reason: z.string().nullable(),
  planned: z.number().nullable(),
  needed: z.number().nullable(),
  advice: z.string(),
})

export const contractsReport = z.object({
  schema: z.literal(1),
  verdict,
  summary: z.string(),
  cells: z.array(contractCell),
  setHash: z.string(),
  rowSet: z.string(),
  stage: z.enum(['offline', 'shadow', 'canary', 'probation']),
  alpha: z.number(),
  family: z.number(),
  chosenOn: z.number(),
  judgedOn: z.number(),
  basis: z.string(),
})

/** A contract on one cell, planned: rows needed, rows to be expected, and what would make it decidable. */
export const plannedCell = z.object({
  contract: z.string(),
  slice: z.string(),
  status,
  needed: z.number().nullable(),
  expected: z.number().nullable(),
  perDay: z.number().nullable(),
  /** `seen` in judged releases, `declared`, that of two `independent` models, or the `least` there can be. */
  basis: z.enum(['seen', 'declared', 'independent', 'least']).nullable(),
  decidable: z.boolean().nullable(),
  offers: z.array(z.string()),
})

export const contractPlan = z.object({
  from: z.enum(['judged-releases', 'held-out-rows', 'nothing']),
  basis: z.string(),
  cells: z.array(plannedCell),
})

const comparedSlice = z.object({
  slice: z.string(),
  rows: z.number(),
  matured: z.number(),
  metrics: z.array(
    z.object({
      metric: z.string(),
      champion: quantity,
      challenger: quantity,
      difference: quantity,
      interval: interval.nullable(),
      better: z.enum(['higher', 'lower']).nullable(),
    }),
  ),
  flips: z
    .object({
      both: z.number(),
      neither: z.number(),
      onlyChallenger: z.number(),
      onlyChampion: z.number(),
      challengerRight: z.number(),
      championRight: z.number(),
    })
    .nullable(),
  pMcNemar: quantity,
  harm: z.number(),
})

const side = z.object({ score: z.number(), acts: z.boolean() })

export const comparisonReport = z.object({
  schema: z.literal(1),
  rowSet: z.string(),
  champion: z.string(),
  challenger: z.string(),
  rows: z.number(),
  all: comparedSlice,
  slices: z.array(comparedSlice),
  discovered: z.array(comparedSlice.extend({ q: z.number(), where: z.string() })),
  flips: z.array(
    z.object({
      row: z.number(),
      names,
      slices: z.array(z.string()),
      champion: side,
      challenger: side,
      label: z.number().nullable(),
      why: z.array(
        z.object({
          feature: z.string(),
          value: z.number().nullable(),
          champion: z.number().nullable(),
          challenger: z.number().nullable(),
        }),
      ),
    }),
  ),
  scores: z.object({ ks: quantity, meanShift: quantity, rankCorrelation: quantity }),
})

const segmentThreshold = z.object({
  value: z.number(),
  from: z.string(),
  rows: z.number(),
  matured: z.number(),
  pool: z.number(),
  guarantee: z.string().nullable(),
  interval: interval.nullable(),
  former: z.number().nullable(),
  candidate: z.number().nullable(),
  capHit: z.boolean(),
})

const thresholdTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('fpr'), rate: z.number(), delta: z.number() }),
  z.object({ kind: z.literal('actionRate'), rate: z.number(), atMost: z.boolean(), delta: z.number() }),
  z.object({ kind: z.literal('precision'), precision: z.number(), delta: z.number() }),
  z.object({ kind: z.literal('cost'), falsePositive: z.number(), falseNegative: z.number() }),
  z.object({ kind: z.literal('capacity'), perDay: z.number(), delta: z.number() }),
])

const thresholdSet = z.object({
  action: z.string(),
  rule: z.object({
    target: thresholdTarget,
    per: z.string().optional(),
    within: z.array(z.string()).optional(),
    maxStep: z.number().optional(),
    maxRateChange: z.number().optional(),
  }),
  ruleHash: z.string(),
  otherwise: segmentThreshold,
  segments: z.record(z.string(), segmentThreshold),
  basis: z.object({
    rowSet: z.string(),
    from: z.string().nullable(),
    to: z.string().nullable(),
    maturity: z.number(),
  }),
})

const effectPreview = z.object({
  actionRate: z.object({ before: quantity, after: quantity }),
  realised: z.object({ fpr: quantity, recall: quantity, precision: quantity }),
  flips: z.object({
    newlyActed: z.number(),
    noLonger: z.number(),
    perWeek: quantity,
    perWeekUpper: quantity,
  }),
})

export const thresholdsReport = z.object({
  schema: z.literal(1),
  set: thresholdSet,
  segments: z.array(
    segmentThreshold.extend({
      segment: z.string(),
      change: z.enum(['kept', 'moved', 'capped', 'infeasible', 'new']),
      needed: z.number(),
      ...effectPreview.shape,
      shrunkFpr: quantity,
    }),
  ),
  total: effectPreview,
  changes: z.record(z.enum(['kept', 'moved', 'capped', 'infeasible', 'new']), z.number()),
  examples: z.array(z.object({ row: z.number(), segment: z.string(), score: z.number(), names })),
})

const groupMetric = z.object({ value: quantity, interval: interval.nullable() })

export const fairnessReport = z.object({
  schema: z.literal(1),
  rowSet: z.string(),
  minDenominator: z.number(),
  columns: z.array(
    z.object({
      column: z.string(),
      undefined: z.literal('no-attribute').nullable(),
      groups: z.array(
        z.object({
          group: z.string(),
          rows: z.number(),
          matured: z.number(),
          metrics: z.record(z.string(), groupMetric),
        }),
      ),
      disparities: z.array(
        z.object({
          metric: z.string(),
          difference: quantity,
          ratio: quantity,
          highest: z.string().nullable(),
          lowest: z.string().nullable(),
          interval: interval.nullable(),
          limit: z.number().nullable(),
          verdict: verdict.nullable(),
          sentence: z.string(),
        }),
      ),
      fourFifths: z.object({
        ratio: quantity,
        lowest: z.string().nullable(),
        highest: z.string().nullable(),
        verdict: verdict.nullable(),
        reason: z.string().nullable(),
        lower: quantity,
        upper: quantity,
      }),
      fairlearn: z.record(z.string(), quantity),
      clarify: z.record(z.string(), z.record(z.string(), quantity)),
      proxies: z.array(z.object({ feature: z.string(), group: z.string(), auc: z.number() })),
    }),
  ),
})

export const importanceReport = z.object({
  schema: z.literal(1),
  variant: z.string(),
  rows: z.number(),
  features: z.array(z.object({ feature: z.string(), share: z.number(), meanAbs: z.number() })),
  slices: z.array(
    z.object({
      slice: z.string(),
      rows: z.number(),
      features: z.array(z.object({ feature: z.string(), share: z.number(), overall: z.number() })),
    }),
  ),
})

export type PlannedCellView = z.infer<typeof plannedCell>
export type ContractPlanView = z.infer<typeof contractPlan>
export type ContractsView = z.infer<typeof contractsReport>
export type ContractCellView = z.infer<typeof contractCell>
export type ComparisonView = z.infer<typeof comparisonReport>
export type ComparedSliceView = z.infer<typeof comparedSlice>
export type ThresholdsView = z.infer<typeof thresholdsReport>
export type FairnessView = z.infer<typeof fairnessReport>
export type ImportanceView = z.infer<typeof importanceReport>
