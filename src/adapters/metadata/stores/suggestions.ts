import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type {
  AutonomyLevel,
  Ladder,
  LadderStep,
  SuggestionBatch,
  SuggestionStore,
} from '../../../governance/index.ts'
import { fromJsonText, toJsonText } from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'
import { batchRow, dated, placeOf, riskOf, suggestionRow, toSuggestion, undated } from './suggestion-rows.ts'

/** Rows of one statement: some drivers bind few parameters. */
const rowsAtOnce = 40

export function suggestionStore(db: Kysely<Schema>): SuggestionStore {
  return { ...rows(db), ...queues(db), ...counts(db), ...ladders(db), ...batches(db) }
}

type Rows =
  | 'supersede'
  | 'insertSuggestions'
  | 'findSuggestion'
  | 'updateSuggestion'
  | 'listSuggestions'
  | 'relevelOpen'

function rows(db: Kysely<Schema>): Pick<SuggestionStore, Rows> {
  return {
    async insertSuggestions(suggestions) {
      for (let from = 0; from < suggestions.length; from += rowsAtOnce)
        await db
          .insertInto('suggestions')
          .values(suggestions.slice(from, from + rowsAtOnce).map(suggestionRow))
          .execute()
    },
    async findSuggestion(id) {
      const row = await db.selectFrom('suggestions').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toSuggestion(row)
    },
    async updateSuggestion(suggestion) {
      const { id, ...row } = suggestionRow(suggestion)
      await db.updateTable('suggestions').set(row).where('id', '=', id).execute()
    },
    async listSuggestions({ subject, state, kind, ...page }) {
      const limit = pageLimit(page)
      const scope = `suggestions:${subject ?? ''}:${state ?? ''}:${kind ?? ''}`
      const [risk, id] = readCursor(scope, page, 2) ?? []
      let query = db
        .selectFrom('suggestions')
        .selectAll()
        .orderBy('flips_upper', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (subject !== undefined) query = query.where('subject', '=', subject)
      if (state !== undefined) query = query.where('state', '=', state)
      if (kind !== undefined) query = query.where('kind', '=', kind)
      if (risk !== undefined)
        query = query.where(sql<boolean>`(flips_upper, id) < (${BigInt(risk as bigint)}, ${String(id)})`)
      return toPage(await query.execute(), limit, {
        item: toSuggestion,
        cursor: row => writeCursor(scope, [BigInt(row.flips_upper), row.id]),
      })
    },
    async supersede(ids) {
      for (let from = 0; from < ids.length; from += rowsAtOnce)
        await db
          .updateTable('suggestions')
          .set({ state: 'superseded' })
          .where('id', 'in', ids.slice(from, from + rowsAtOnce))
          .execute()
    },
    async relevelOpen(key, level) {
      const { subject, rule, segment_class } = placeOf(key)
      await db
        .updateTable('suggestions')
        .set({ level, applies_at: null })
        .where('subject', '=', subject)
        .where('rule', '=', rule)
        .where('segment_class', '=', segment_class)
        .where('state', '=', 'open')
        .execute()
    },
  }
}

type Queues = 'relatedSuggestions' | 'dueSuggestions' | 'unappliedSuggestions' | 'safeSuggestions'

function queues(db: Kysely<Schema>): Pick<SuggestionStore, Queues> {
  const all = () => db.selectFrom('suggestions').selectAll()
  return {
    async relatedSuggestions({ segment, cycle, ...key }) {
      const { subject, rule, segment_class } = placeOf(key)
      let place = all()
        .where('subject', '=', subject)
        .where('rule', '=', rule)
        .where('segment_class', '=', segment_class)
      if (segment !== undefined) place = place.where('segment', '=', segment)
      const waiting = await place
        .where('state', 'in', ['open', 'accepted', 'edited'])
        .where('applied_at', 'is', null)
        .execute()
      const ofCycle = await place.where('cycle', '=', cycle).execute()
      const found = new Map([...waiting, ...ofCycle].map(row => [row.id, row]))
      return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map(toSuggestion)
    },
    async dueSuggestions(now, limit) {
      const open = () => all().where('state', '=', 'open').limit(limit)
      const over = await open().where('expires_at', '<=', now).orderBy('expires_at').execute()
      if (over.length > 0) return over.map(toSuggestion)
      const passed = await open()
        .where('level', '=', 'veto')
        .where('applies_at', '<=', now)
        .orderBy('applies_at')
        .execute()
      return passed.map(toSuggestion)
    },
    async unappliedSuggestions({ after, limit }) {
      const places = await Promise.all(
        (['accepted', 'edited'] as const).map(state => {
          const query = all()
            .where('state', '=', state)
            .where('applied_at', 'is', null)
            .orderBy('decided_at')
            .orderBy('id')
            .limit(limit)
          return behind(query, after?.decision?.at, after?.id).execute()
        }),
      )
      return places
        .flat()
        .map(toSuggestion)
        .sort((a, b) => Number((a.decision?.at ?? 0n) - (b.decision?.at ?? 0n)) || (a.id < b.id ? -1 : 1))
        .slice(0, limit)
    },
    async safeSuggestions({ subject, below, limit }) {
      let query = all()
        .where('state', '=', 'open')
        .where('level', '=', 'suggest')
        .where('cap_hit', '=', 0)
        .where('flips_upper', '<', riskOf(below))
        .orderBy('flips_upper')
        .orderBy('id')
        .limit(limit)
      if (subject !== undefined) query = query.where('subject', '=', subject)
      return (await query.execute()).map(toSuggestion)
    },
  }
}

function behind<Row>(
  query: SelectQueryBuilder<Schema, 'suggestions', Row>,
  at: bigint | undefined,
  id: string | undefined,
): SelectQueryBuilder<Schema, 'suggestions', Row> {
  return at === undefined ? query : query.where(sql<boolean>`(decided_at, id) > (${at}, ${id})`)
}

function counts(db: Kysely<Schema>): Pick<SuggestionStore, 'countOpen' | 'countDecisions'> {
  const count = sql<number>`count(*)`.as('count')
  return {
    async countOpen() {
      const found = await db
        .selectFrom('suggestions')
        .select(['level', count])
        .where('state', '=', 'open')
        .groupBy('level')
        .execute()
      return Object.fromEntries(found.map(row => [row.level as AutonomyLevel, Number(row.count)]))
    },
    async countDecisions(since) {
      const batched = sql<number>`case when batch is null then 0 else 1 end`
      const found = await db
        .selectFrom('suggestions')
        .select(['decided_by', 'decided_millis', batched.as('batched'), count])
        .where('decided_at', '>=', since)
        .where('decided_by', 'not like', 'rule:%')
        .groupBy(['decided_by', 'decided_millis', batched])
        .orderBy('decided_by')
        .execute()
      return found.map(row => ({
        by: row.decided_by ?? '',
        millis: row.decided_millis === null ? null : Number(row.decided_millis),
        batched: Number(row.batched) === 1,
        count: Number(row.count),
      }))
    },
  }
}

type Ladders = 'findLadder' | 'putLadder' | 'listLadders' | 'appendStep' | 'listSteps' | 'addEvidence'

function ladders(db: Kysely<Schema>): Pick<SuggestionStore, Ladders> {
  return {
    async findLadder(key) {
      const row = await db.selectFrom('autonomy').select('body').where(at(key)).executeTakeFirst()
      return row && toLadder(row.body)
    },
    async putLadder(ladder) {
      const body = toJsonText({ ...ladder, since: String(ladder.since) })
      await db
        .insertInto('autonomy')
        .values({ ...placeOf(ladder), body })
        .onConflict(conflict => conflict.columns(['subject', 'rule', 'segment_class']).doUpdateSet({ body }))
        .execute()
    },
    async listLadders(subject) {
      let query = db.selectFrom('autonomy').select('body')
      if (subject !== undefined) query = query.where('subject', '=', subject)
      const found = await query.orderBy('subject').orderBy('rule').orderBy('segment_class').execute()
      return found.map(({ body }) => toLadder(body))
    },
    async appendStep(key, step) {
      const { last } = await db
        .selectFrom('autonomy_steps')
        .select(sql<number | null>`max(seq)`.as('last'))
        .where(at(key))
        .executeTakeFirstOrThrow()
      await db
        .insertInto('autonomy_steps')
        .values({ ...placeOf(key), seq: Number(last ?? 0) + 1, body: dated(step) })
        .execute()
    },
    async listSteps(key) {
      const found = await db
        .selectFrom('autonomy_steps')
        .select('body')
        .where(at(key))
        .orderBy('seq')
        .execute()
      return found.map(({ body }) => undated<LadderStep>(body))
    },
    async addEvidence(key, { era, sort, cycle, segment }) {
      const place = placeOf(key)
      const before = await db
        .selectFrom('autonomy_evidence')
        .select('segment')
        .where(at(key))
        .where('era', '=', era)
        .where('sort', '=', sort)
        .where('cycle', '=', cycle)
        .limit(1)
        .executeTakeFirst()
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('autonomy_evidence')
        .values({ ...place, era, sort, cycle, segment })
        .onConflict(conflict => conflict.doNothing())
        .executeTakeFirstOrThrow()
      return { first: Number(numInsertedOrUpdatedRows ?? 0) === 1, newCycle: before === undefined }
    },
  }
}

/** Kysely's `where` of the three columns that name a ladder. */
function at(key: Parameters<typeof placeOf>[0]) {
  const { subject, rule, segment_class } = placeOf(key)
  return sql<boolean>`subject = ${subject} and rule = ${rule} and segment_class = ${segment_class}`
}

function toLadder(body: string): Ladder {
  const ladder = fromJsonText<Omit<Ladder, 'since'> & { readonly since: string }>(body)
  return { ...ladder, since: BigInt(ladder.since) }
}

function batches(db: Kysely<Schema>): Pick<SuggestionStore, 'insertBatch' | 'findBatch' | 'updateBatch'> {
  return {
    async insertBatch(batch) {
      await db.insertInto('suggestion_batches').values(batchRow(batch)).execute()
    },
    async findBatch(id) {
      const row = await db
        .selectFrom('suggestion_batches')
        .select('body')
        .where('id', '=', id)
        .executeTakeFirst()
      return row && undated<SuggestionBatch>(row.body)
    },
    async updateBatch(batch) {
      const { id, ...row } = batchRow(batch)
      await db.updateTable('suggestion_batches').set(row).where('id', '=', id).execute()
    },
  }
}
