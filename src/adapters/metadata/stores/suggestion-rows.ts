import type { Selectable } from 'kysely'
import type { LadderKey, Suggestion, SuggestionBatch, SuggestionDecision } from '../../../governance/index.ts'
import {
  type DoubleColumn,
  fromJsonText,
  type MicrosColumn,
  micros,
  microsOrNull,
  type NullableMicrosColumn,
  toJsonText,
  toSortable,
} from '../columns.ts'

export interface SuggestionTables {
  /** `body`: every member that has no column. */
  suggestions: {
    id: string
    kind: string
    subject: string
    rule: string
    segment_class: string
    segment: string
    cycle: string
    level: string
    state: string
    cap_hit: number
    /** Infinite where it is unknown: what has no bound is the riskiest. */
    flips_upper: DoubleColumn
    expires_at: MicrosColumn
    applies_at: NullableMicrosColumn
    applied_at: NullableMicrosColumn
    decided_at: NullableMicrosColumn
    decided_by: string | null
    decided_millis: number | null
    /** Only of those accepted in one act: the sample of a batch is decided one by one. */
    batch: string | null
    body: string
  }
  autonomy: PlaceColumns & { body: string }
  autonomy_steps: PlaceColumns & { seq: number; body: string }
  autonomy_evidence: PlaceColumns & { era: number; sort: string; cycle: string; segment: string }
  suggestion_batches: { id: string; body: string }
}

interface PlaceColumns {
  subject: string
  rule: string
  segment_class: string
}

export const placeOf = ({ subject, rule, segmentClass }: LadderKey): PlaceColumns => ({
  subject,
  rule,
  segment_class: segmentClass,
})

export function riskOf(upper: number | null): bigint {
  return toSortable(upper ?? Number.POSITIVE_INFINITY)
}

export function suggestionRow(suggestion: Suggestion) {
  const { id, kind, subject, rule, segmentClass, segment, cycle, level, state, capHit, ...rest } = suggestion
  const { expiresAt, appliesAt, appliedAt, decision, outcome, madeAt, ...body } = rest
  return {
    ...{ id, kind, ...placeOf({ subject, rule, segmentClass }), segment, cycle, level, state },
    cap_hit: capHit ? 1 : 0,
    flips_upper: riskOf(body.flipsPerWeekUpper),
    ...{ expires_at: expiresAt, applies_at: appliesAt, applied_at: appliedAt },
    decided_at: decision?.at ?? null,
    decided_by: decision?.by ?? null,
    decided_millis:
      decision === null || decision.seconds === null ? null : Math.floor(decision.seconds * 1000),
    batch: decision?.countsNot === 'batch' ? decision.batch : null,
    body: toJsonText({
      ...body,
      madeAt: String(madeAt),
      decision: decision && { ...decision, at: String(decision.at) },
      outcome: outcome && { ...outcome, at: String(outcome.at) },
    }),
  }
}

type Outcome = NonNullable<Suggestion['outcome']>
type Body = Omit<Suggestion, 'madeAt' | 'decision' | 'outcome'> & {
  readonly madeAt: string
  readonly decision: (Omit<SuggestionDecision, 'at'> & { readonly at: string }) | null
  readonly outcome: (Omit<Outcome, 'at'> & { readonly at: string }) | null
}

export function toSuggestion(row: Selectable<SuggestionTables['suggestions']>): Suggestion {
  const { madeAt, decision, outcome, ...body } = fromJsonText<Body>(row.body)
  return {
    ...body,
    ...{ id: row.id, kind: row.kind as Suggestion['kind'], subject: row.subject, rule: row.rule },
    ...{ segmentClass: row.segment_class, segment: row.segment, cycle: row.cycle },
    ...{ level: row.level as Suggestion['level'], state: row.state as Suggestion['state'] },
    capHit: Number(row.cap_hit) === 1,
    madeAt: BigInt(madeAt),
    expiresAt: micros(row.expires_at),
    appliesAt: microsOrNull(row.applies_at),
    appliedAt: microsOrNull(row.applied_at),
    decision: decision && { ...decision, at: BigInt(decision.at) },
    outcome: outcome && { ...outcome, at: BigInt(outcome.at) },
  }
}

/** Instants as text inside a body. */
export function dated<Value extends { readonly at: bigint }>(value: Value): string {
  return toJsonText({ ...value, at: String(value.at) })
}

export function undated<Value extends { readonly at: bigint }>(text: string): Value {
  const value = fromJsonText<Omit<Value, 'at'> & { readonly at: string }>(text)
  return { ...value, at: BigInt(value.at) } as unknown as Value
}

export const batchRow = (batch: SuggestionBatch) => ({ id: batch.id, body: dated(batch) })
