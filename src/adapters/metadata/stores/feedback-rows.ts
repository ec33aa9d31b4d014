import type { Insertable, Selectable } from 'kysely'
import type {
  Feedback,
  FeedbackJoin,
  FeedbackState,
  JoinedFeedback,
  JoinState,
  NewFeedback,
} from '../../../monitoring/index.ts'
import {
  type DoubleColumn,
  fromSortable,
  type MicrosColumn,
  micros,
  microsOrNull,
  type NullableMicrosColumn,
  toSortable,
} from '../columns.ts'

interface ItemTable {
  seq: number
  deployment: string
  id: string
  kind: string
  form: string
  value: DoubleColumn
  event_time: MicrosColumn
  known_time: MicrosColumn
  received_at: MicrosColumn
  source: string
  source_rank: number | null
  actor_class: string
  actor: string | null
  weight: DoubleColumn
  state: string
  reason: string | null
  note: string | null
  join_within: MicrosColumn
  about_prediction: string | null
  about_request: string | null
  about_row: number | null
  about_key: string | null
}

interface JoinTable {
  seq: number
  deployment: string
  /** 1: about a prediction by its id. */
  named: number
  state: string
  prediction_id: string | null
  decided_at: NullableMicrosColumn
  as_of: NullableMicrosColumn
  tries: number
  due_at: NullableMicrosColumn
}

export interface FeedbackTables {
  feedback_items: ItemTable
  feedback_joins: JoinTable
  feedback_cursors: { segment: string; read_to: number }
}

export type JoinedRow = Selectable<ItemTable> & {
  readonly join_state: string
  readonly prediction_id: string | null
  readonly decided_at: number | bigint | null
  readonly as_of: number | bigint | null
  readonly tries: number
  readonly due_at: number | bigint | null
}

export function itemRow(seq: number, item: NewFeedback): Insertable<ItemTable> {
  const { deployment, id, kind, source, actor, state, reason, note } = item
  return {
    ...{ seq, deployment, id, kind, source, actor, state, reason, note },
    form: item.is,
    value: toSortable(item.value),
    event_time: item.eventTime,
    known_time: item.knownTime,
    received_at: item.receivedAt,
    source_rank: item.rank,
    actor_class: item.actorClass,
    weight: toSortable(item.weight),
    join_within: item.within,
    about_prediction: item.predictionId,
    about_request: item.requestId,
    about_row: item.row,
    about_key: item.entityKey,
  }
}

export function joinRow(
  { deployment, named }: { readonly deployment: string; readonly named: boolean },
  { seq, state, predictionId, decidedAt, asOf, tries, dueAt }: FeedbackJoin,
) {
  return {
    ...{ seq, deployment, named: named ? 1 : 0, state, tries },
    ...{ prediction_id: predictionId, decided_at: decidedAt, as_of: asOf, due_at: dueAt },
  }
}

export function toJoined(row: JoinedRow): JoinedFeedback {
  const { seq, deployment, id, kind, source, actor, reason, note } = row
  return {
    ...{ deployment, id, kind, source, actor, reason, note },
    seq: Number(seq),
    is: row.form as Feedback['is'],
    value: fromSortable(row.value),
    eventTime: micros(row.event_time),
    knownTime: micros(row.known_time),
    receivedAt: micros(row.received_at),
    rank: row.source_rank === null ? null : Number(row.source_rank),
    actorClass: row.actor_class as Feedback['actorClass'],
    weight: fromSortable(row.weight),
    state: row.state as FeedbackState,
    within: micros(row.join_within),
    predictionId: row.about_prediction,
    requestId: row.about_request,
    row: row.about_row === null ? null : Number(row.about_row),
    entityKey: row.about_key,
    join: {
      seq: Number(seq),
      state: row.join_state as JoinState,
      predictionId: row.prediction_id,
      decidedAt: microsOrNull(row.decided_at),
      asOf: microsOrNull(row.as_of),
      tries: Number(row.tries),
      dueAt: microsOrNull(row.due_at),
    },
  }
}
