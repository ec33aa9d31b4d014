import { z } from 'zod'
import { json, page, timestamp } from './common.ts'

export const autonomyLevel = z.enum(['observe', 'suggest', 'veto', 'auto'])
export const suggestionState = z.enum([
  'open',
  'accepted',
  'applied',
  'edited',
  'rejected',
  'vetoed',
  'expired',
  'superseded',
])
export const suggestionKind = z.enum(['threshold', 'promotion', 'retrain', 'check', 'rollback'])
/** Why somebody edits, rejects or vetoes; `other` needs a note. */
export const refusalReason = z.enum([
  'wrong-value',
  'bad-data',
  'known-event',
  'bad-timing',
  'too-risky',
  'not-needed',
  'policy',
  'other',
])

const ladderKey = z.object({ subject: z.string(), rule: z.string(), segmentClass: z.string() })
const content = ladderKey.extend({
  kind: suggestionKind,
  ruleHash: z.string(),
  ruleBy: z.string(),
  /** Empty for the whole. */
  segment: z.string(),
  cycle: z.string(),
  title: z.string().max(500),
  old: json,
  proposed: json,
  interval: z.object({ lower: z.number(), upper: z.number() }).nullable(),
  /** Decisions a week that would change: point, and upper bound. */
  flipsPerWeek: z.number().nullable(),
  flipsPerWeekUpper: z.number().nullable(),
  rows: z.number().nullable(),
  matured: z.number().nullable(),
  window: z.object({
    from: z.string().nullable(),
    to: z.string().nullable(),
    rowSet: z.string().nullable(),
  }),
  capHit: z.boolean(),
  details: json,
  expiresAt: timestamp,
})

export const suggestion = content.extend({
  id: z.string(),
  level: autonomyLevel,
  era: z.number(),
  madeAt: timestamp,
  /** With level `veto`: applied then, unless somebody objects. */
  appliesAt: timestamp.nullable(),
  state: suggestionState,
  decision: z
    .object({
      by: z.string(),
      at: timestamp,
      reason: refusalReason.nullable(),
      note: z.string(),
      value: json,
      seconds: z.number().nullable(),
      batch: z.string().nullable(),
      /** Whether it is evidence; if not, why. */
      counts: z.boolean(),
      countsNot: z.string().nullable(),
    })
    .nullable(),
  appliedAt: timestamp.nullable(),
  /** Why it is decided and not applied yet. */
  problem: z.string().nullable(),
  outcome: z.object({ at: timestamp, breach: z.boolean(), details: json }).nullable(),
})

export const proposals = z.object({
  /** `vetoWindow` in seconds; 24 h when left out. */
  proposals: z.array(content.extend({ vetoWindow: z.number().min(0).max(31_536_000).optional() })).max(5_000),
})

export const decideSuggestion = z.object({
  act: z.enum(['accept', 'edit', 'reject', 'veto']),
  /** edit: the value instead. */
  value: json.optional(),
  /** edit, reject, veto. */
  reason: refusalReason.optional(),
  note: z.string().max(2_000).optional(),
  /** Between seeing it and deciding. */
  seconds: z.number().min(0).max(1e9).optional(),
  /** The batch whose audit sample it is decided for. */
  batch: z.string().optional(),
})

export const batch = z.object({
  id: z.string(),
  by: z.string(),
  at: timestamp,
  below: z.number(),
  subject: z.string().nullable(),
  size: z.number(),
  /** To be decided one by one before the rest is accepted. */
  sample: z.array(suggestion),
  state: z.enum(['open', 'accepted']),
  accepted: z.number(),
  /** The upper bounds of its members, added up. */
  flipsPerWeekUpper: z.number(),
})

const tally = z.object({
  count: z.number(),
  good: z.number(),
  cycles: z.number(),
  look: z.object({ count: z.number(), good: z.number(), lower: z.number() }).nullable(),
})
export const standing = ladderKey.extend({
  ruleHash: z.string(),
  ruleBy: z.string(),
  level: autonomyLevel,
  since: timestamp,
  era: z.number(),
  decisions: tally,
  windows: tally,
  judged: z.number(),
  /** What an approver may raise it to. */
  offer: autonomyLevel.nullable(),
  next: z.object({ to: autonomyLevel.nullable(), look: z.number().nullable() }),
  conditions: z.array(
    z.object({
      name: z.enum(['bound', 'cycles', 'judged']),
      have: z.number().nullable(),
      need: z.number(),
      met: z.boolean(),
    }),
  ),
})
export const standings = z.object({ items: z.array(standing) })

export const changeLevel = ladderKey.extend({
  act: z.enum(['switch-on', 'raise', 'decline', 'lower']),
  /** lower: where to; one that asks for less than before. */
  to: autonomyLevel.optional(),
  reason: z.string().max(2_000).optional(),
})
export const autonomyReport = z.object({
  subject: z.string(),
  rule: z.string().optional(),
  segmentClass: z.string().optional(),
  what: z.enum(['breach', 'late-labels', 'shift', 'rule-error']),
  why: z.string().max(2_000),
})
export const history = z.object({
  items: z.array(
    z.object({
      at: timestamp,
      by: z.string(),
      what: z.string(),
      from: autonomyLevel,
      to: autonomyLevel,
      why: z.string(),
      evidence: z.object({ decisions: tally, windows: tally, judged: z.number() }).loose(),
    }),
  ),
})

const quantity = z.union([z.number(), z.object({ undefined: z.string() })])
const pacing = z.object({
  decisions: z.number(),
  measured: z.number(),
  /** Decided in under 2 s after display. */
  hasty: z.number(),
  hastyShare: quantity,
  medianSeconds: quantity,
  batchShare: quantity,
})
export const pace = z.object({ overall: pacing, people: z.array(pacing.extend({ by: z.string() })) })

export const suggestionPage = page(suggestion)

export type SuggestionView = z.infer<typeof suggestion>
export type BatchView = z.infer<typeof batch>
export type StandingView = z.infer<typeof standing>
export type AutonomyHistory = z.infer<typeof history>
export type PaceView = z.infer<typeof pace>
export type RefusalReason = z.infer<typeof refusalReason>
export type ProposalView = z.infer<typeof proposals>['proposals'][number]
export type LevelAct = z.infer<typeof changeLevel>['act']
