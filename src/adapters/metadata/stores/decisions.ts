import type { Kysely } from 'kysely'
import type { DecisionManifest, ShippedFile } from '../../../serving/index.ts'
import {
  fromJsonText,
  type MicrosColumn,
  micros,
  microsOrNull,
  type NullableMicrosColumn,
  toJsonText,
} from '../columns.ts'
import type { Schema } from '../schema.ts'

export interface DecisionTables {
  decision_segments: {
    node: string
    front: number
    segment: number
    row_count: number
    byte_count: number
    damaged_bytes: number
    shipped_at: MicrosColumn
    removed_at: NullableMicrosColumn
  }
  decision_files: { path: string; deployment: string; day: string; body: string }
}

type Body = Omit<ShippedFile, 'path' | 'deployment' | 'date'>

/** Commits and replacements are whole only inside a transaction of the caller. */
export function decisionManifest(db: Kysely<Schema>): DecisionManifest {
  const insertFiles = async (files: readonly ShippedFile[]) => {
    for (const { path, deployment, date, ...body } of files)
      await db
        .insertInto('decision_files')
        .values({ path, deployment, day: date, body: toJsonText(body satisfies Body) })
        .execute()
  }
  return {
    async segments() {
      const rows = await db
        .selectFrom('decision_segments')
        .selectAll()
        .orderBy('node')
        .orderBy('front')
        .orderBy('segment')
        .execute()
      return rows.map(row => ({
        ...{ node: row.node, front: Number(row.front), segment: Number(row.segment) },
        rows: Number(row.row_count),
        bytes: Number(row.byte_count),
        damagedBytes: Number(row.damaged_bytes),
        shippedAt: micros(row.shipped_at),
        removedAt: microsOrNull(row.removed_at),
      }))
    },
    async files() {
      const rows = await db.selectFrom('decision_files').selectAll().orderBy('path').execute()
      return rows.map(({ path, deployment, day, body }) => ({
        ...fromJsonText<Body>(body),
        ...{ path, deployment, date: day },
      }))
    },
    async commit({ node, front, segment, ...facts }, files) {
      const done = await db
        .insertInto('decision_segments')
        .values({
          ...{ node, front, segment },
          row_count: facts.rows,
          byte_count: facts.bytes,
          damaged_bytes: facts.damagedBytes,
          shipped_at: facts.shippedAt,
          removed_at: facts.removedAt,
        })
        .onConflict(conflict => conflict.columns(['node', 'front', 'segment']).doNothing())
        .executeTakeFirst()
      if (done.numInsertedOrUpdatedRows !== 1n) return false
      await insertFiles(files)
      return true
    },
    async replace(paths, file) {
      const there = await db.selectFrom('decision_files').select('path').where('path', 'in', paths).execute()
      if (there.length !== new Set(paths).size) return false
      await db.deleteFrom('decision_files').where('path', 'in', paths).execute()
      await insertFiles([file])
      return true
    },
    async markRemoved({ node, front, segment }, at) {
      await db
        .updateTable('decision_segments')
        .set({ removed_at: at })
        .where('node', '=', node)
        .where('front', '=', front)
        .where('segment', '=', segment)
        .execute()
    },
  }
}
