import { type Kysely, sql } from 'kysely'
import type { FeedbackCount, FeedbackStore, NewFeedback } from '../../../monitoring/index.ts'
import { micros } from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'
import { itemRow, joinRow, toJoined } from './feedback-rows.ts'
import { type Connection, insertRows, isIn, type Value } from './tracking/bulk.ts'

export function feedbackStore(connection: Connection): FeedbackStore {
  const { db } = connection
  return { ...cursors(db), ...writes(connection), ...questions(db), ...pages(db) }
}

function cursors(db: Kysely<Schema>): Pick<FeedbackStore, 'cursors' | 'putCursor' | 'dropCursor'> {
  return {
    async cursors() {
      const rows = await db.selectFrom('feedback_cursors').selectAll().execute()
      return new Map(rows.map(({ segment, read_to }) => [segment, Number(read_to)]))
    },
    async putCursor(segment, end) {
      await db
        .insertInto('feedback_cursors')
        .values({ segment, read_to: end })
        .onConflict(conflict => conflict.column('segment').doUpdateSet({ read_to: end }))
        .execute()
    },
    async dropCursor(segment) {
      await db.deleteFrom('feedback_cursors').where('segment', '=', segment).execute()
    },
  }
}

function writes(connection: Connection): Pick<FeedbackStore, 'add' | 'putJoins' | 'forget'> {
  const { db } = connection
  const insert = (table: 'feedback_items' | 'feedback_joins', rows: readonly object[], conflict = '') =>
    insertRows(connection, {
      ...{ table, conflict, columns: Object.keys(rows[0] ?? {}) },
      rows: rows.map(row => Object.values(row) as Value[]),
    })
  return {
    async add(items) {
      const { last } = await db
        .selectFrom('feedback_items')
        .select(eb => eb.fn.max('seq').as('last'))
        .executeTakeFirstOrThrow()
      const first = Number(last ?? 0) + 1
      const added = await newItems(connection, items)
      await insert(
        'feedback_items',
        added.map((item, at) => itemRow(first + at, item)),
      )
      await insert(
        'feedback_joins',
        added.map(({ deployment, predictionId, receivedAt }, at) =>
          joinRow(
            { deployment, named: predictionId !== null },
            { ...undecided, seq: first + at, dueAt: receivedAt },
          ),
        ),
      )
      return added.length
    },
    async forget(seqs) {
      if (seqs.length === 0) return
      await db
        .updateTable('feedback_items')
        .set({ about_key: null, actor: null, note: null })
        .where(isIn(connection, sql.ref('seq'), seqs))
        .execute()
    },
    // Only what a look changes: the rows are there.
    putJoins: joins =>
      insert(
        'feedback_joins',
        joins.map(join => joinRow({ deployment: '', named: false }, join)),
        onConflict,
      ),
  }
}

const undecided = { state: 'pending', predictionId: null, decidedAt: null, asOf: null, tries: 0 } as const
const changed = ['state', 'prediction_id', 'decided_at', 'as_of', 'tries', 'due_at']
const onConflict = `on conflict (seq) do update set ${changed.map(name => `${name} = excluded.${name}`).join(', ')}`

/** Those whose id is neither in the table nor before them in the list. */
async function newItems(
  connection: Connection,
  items: readonly NewFeedback[],
): Promise<readonly NewFeedback[]> {
  const known = new Set<string>()
  const keyOf = ({ deployment, id }: Pick<NewFeedback, 'deployment' | 'id'>) => `${deployment} ${id}`
  for (const deployment of new Set(items.map(item => item.deployment))) {
    const ids = items.filter(item => item.deployment === deployment).map(({ id }) => id)
    const rows = await connection.db
      .selectFrom('feedback_items')
      .select(['deployment', 'id'])
      .where('deployment', '=', deployment)
      .where(isIn(connection, sql.ref('id'), ids))
      .execute()
    for (const row of rows) known.add(keyOf(row))
  }
  return items.filter(item => {
    const key = keyOf(item)
    if (known.has(key)) return false
    known.add(key)
    return true
  })
}

function joinedRows(db: Kysely<Schema>) {
  return db
    .selectFrom('feedback_joins as j')
    .innerJoin('feedback_items as i', 'i.seq', 'j.seq')
    .selectAll('i')
    .select(['j.state as join_state', 'j.prediction_id', 'j.decided_at', 'j.as_of', 'j.tries', 'j.due_at'])
}

function questions(
  db: Kysely<Schema>,
): Pick<FeedbackStore, 'due' | 'dueDeployments' | 'joined' | 'ofPrediction' | 'personal' | 'counts'> {
  return {
    async due({ deployment, named, at, limit }) {
      const rows = await joinedRows(db)
        .where('j.deployment', '=', deployment)
        .where('j.named', '=', named ? 1 : 0)
        .where('j.due_at', '<=', at)
        .orderBy('j.due_at')
        .orderBy('j.seq')
        .limit(limit)
        .execute()
      return rows.map(toJoined)
    },
    async dueDeployments(at) {
      const rows = await db
        .selectFrom('feedback_joins')
        .select('deployment')
        .distinct()
        .where('due_at', '<=', at)
        .orderBy('deployment')
        .execute()
      return rows.map(({ deployment }) => deployment)
    },
    async joined({ deployment, kinds, since, knownBy }) {
      if (kinds.length === 0) return []
      const rows = await joinedRows(db)
        .where('j.deployment', '=', deployment)
        .where('j.decided_at', '>=', since)
        .where('j.state', '=', 'joined')
        .where('i.state', '=', 'active')
        .where('i.kind', 'in', [...kinds])
        .where('i.known_time', '<=', knownBy)
        .orderBy('j.seq')
        .execute()
      return rows.map(toJoined)
    },
    async ofPrediction(predictionId) {
      const rows = await joinedRows(db)
        .where('j.prediction_id', '=', predictionId)
        .orderBy('i.known_time')
        .orderBy('j.seq')
        .execute()
      return rows.map(toJoined)
    },
    async personal({ after, limit }) {
      const rows = await joinedRows(db)
        .where('j.seq', '>', after)
        .where(({ or, eb }) =>
          or((['i.about_key', 'i.actor', 'i.note'] as const).map(name => eb(name, 'is not', null))),
        )
        .orderBy('j.seq')
        .limit(limit)
        .execute()
      return rows.map(toJoined)
    },
    async counts(deployment) {
      const rows = await db
        .selectFrom('feedback_joins as j')
        .innerJoin('feedback_items as i', 'i.seq', 'j.seq')
        .where('j.deployment', '=', deployment)
        .groupBy(['i.kind', 'i.form', 'i.source'])
        .orderBy('i.kind')
        .orderBy('i.source')
        .select(eb => [
          ...(['i.kind', 'i.form', 'i.source'] as const),
          eb.fn.countAll().as('items'),
          eb.fn.max('i.known_time').as('last_known'),
          ...states.map(state => sql<number>`sum(case when j.state = ${state} then 1 else 0 end)`.as(state)),
          sql<number>`sum(case when i.state = 'quarantined' then 1 else 0 end)`.as('quarantined'),
        ])
        .execute()
      return rows.map(
        (row): FeedbackCount => ({
          ...{ kind: row.kind, is: row.form as FeedbackCount['is'], source: row.source },
          items: Number(row.items),
          joined: Number(row.joined),
          pending: Number(row.pending),
          ambiguous: Number(row.ambiguous),
          unmatched: Number(row.unmatched),
          quarantined: Number(row.quarantined),
          lastKnown: micros(row.last_known),
        }),
      )
    },
  }
}

const states = ['pending', 'joined', 'ambiguous', 'unmatched'] as const

function pages(db: Kysely<Schema>): Pick<FeedbackStore, 'list'> {
  return {
    async list({ deployment, state, ...page }) {
      const limit = pageLimit(page)
      const scope = `feedback ${deployment} ${state ?? ''}`
      const after = readCursor(scope, page, 1)
      let query = joinedRows(db).where('j.deployment', '=', deployment)
      if (state === 'quarantined') query = query.where('i.state', '=', state)
      else if (state !== undefined) query = query.where('j.state', '=', state)
      if (after !== undefined) query = query.where('j.seq', '<', Number(after[0]))
      const rows = await query
        .orderBy('j.seq', 'desc')
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, {
        item: toJoined,
        cursor: row => writeCursor(scope, [Number(row.seq)]),
      })
    },
  }
}
