import type { Kysely, Selectable } from 'kysely'
import type { Definition, DefinitionKind, DefinitionRef } from '../../../definitions/model.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { BuildRecord, CurrentDefinition, DefinitionStore } from '../../../projects/ports.ts'
import { fromJsonText, type MicrosColumn, micros, toJsonText } from '../columns.ts'
import type { Schema } from '../schema.ts'

interface DefinitionTable {
  ref: string
  version: number
  kind: string
  name: string
  semantic_hash: string
  descriptive_hash: string
  body: string
  applied_at: MicrosColumn
  by: string
  location: string | null
}

export interface DefinitionTables {
  project: { id: number; name: string; directory: string }
  definition_versions: DefinitionTable
  definitions: DefinitionTable
  definition_builds: {
    ref: string
    id: string
    version: number
    report: string
    pipeline_run: string | null
    at: MicrosColumn
  }
}

export function definitionStore(db: Kysely<Schema>): DefinitionStore {
  return {
    async findProject() {
      return db.selectFrom('project').select(['name', 'directory']).where('id', '=', 1).executeTakeFirst()
    },

    async setProject({ name, directory }) {
      await db
        .insertInto('project')
        .values({ id: 1, name, directory })
        .onConflict(conflict => conflict.column('id').doUpdateSet({ name, directory }))
        .execute()
    },

    async listCurrent() {
      return (await db.selectFrom('definitions').selectAll().orderBy('ref').execute()).map(toDefinition)
    },

    async listVersions(ref) {
      const rows = await db
        .selectFrom('definition_versions')
        .selectAll()
        .where('ref', '=', ref)
        .orderBy('version')
        .execute()
      return rows.map(row => ({
        ref,
        version: row.version,
        semanticHash: row.semantic_hash,
        appliedAt: micros(row.applied_at),
        by: row.by,
      }))
    },

    async findVersion(ref, version) {
      const row = await db
        .selectFrom('definition_versions')
        .selectAll()
        .where('ref', '=', ref)
        .where('version', '=', version)
        .executeTakeFirst()
      return row && toDefinition(row)
    },

    async insertVersion(definition) {
      const standing = await this.findVersion(definition.ref, definition.version)
      if (standing?.semanticHash === definition.semanticHash) return
      if (standing)
        throw new FettleError(
          'VERSION_EXISTS',
          `${definition.ref} v${definition.version} exists with other content`,
        )
      await db.insertInto('definition_versions').values(toRow(definition)).execute()
    },

    async setCurrent(definition) {
      await db.deleteFrom('definitions').where('ref', '=', definition.ref).execute()
      await db.insertInto('definitions').values(toRow(definition)).execute()
    },

    async archive(ref) {
      await db.deleteFrom('definitions').where('ref', '=', ref).execute()
    },

    async insertBuild({ ref, id, version, report, pipelineRun, at }) {
      await db
        .insertInto('definition_builds')
        .values({ ref, id, version, report: toJsonText(report), pipeline_run: pipelineRun, at })
        .onConflict(conflict => conflict.columns(['ref', 'id']).doNothing())
        .execute()
    },

    async replaceReport({ ref, id, report }) {
      await db
        .updateTable('definition_builds')
        .set({ report: toJsonText(report) })
        .where('ref', '=', ref)
        .where('id', '=', id)
        .execute()
    },

    async listBuilds(ref, limit) {
      const rows = await db
        .selectFrom('definition_builds')
        .selectAll()
        .where('ref', '=', ref)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .execute()
      return rows.map(toBuild)
    },

    async listBuildsOf(kind) {
      const rows = await db
        .selectFrom('definition_builds')
        .selectAll()
        .where('ref', 'like', `${kind}:%`)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map(toBuild)
    },

    async findBuild(kind, id) {
      const row = await db
        .selectFrom('definition_builds')
        .selectAll()
        .where('id', '=', id)
        .where('ref', 'like', `${kind}:%`)
        .executeTakeFirst()
      return row && toBuild(row)
    },
  }
}

function toBuild(row: Selectable<DefinitionTables['definition_builds']>): BuildRecord {
  return {
    ref: row.ref as DefinitionRef,
    id: row.id,
    version: row.version,
    report: fromJsonText(row.report),
    pipelineRun: row.pipeline_run,
    at: micros(row.at),
  }
}

function toDefinition(row: Selectable<DefinitionTable>): CurrentDefinition {
  return {
    ref: row.ref as DefinitionRef,
    version: row.version,
    kind: row.kind as DefinitionKind,
    name: row.name,
    semanticHash: row.semantic_hash,
    descriptiveHash: row.descriptive_hash,
    definition: fromJsonText<Definition>(row.body),
    appliedAt: micros(row.applied_at),
    by: row.by,
    location: row.location,
  }
}

function toRow(definition: CurrentDefinition) {
  return {
    ref: definition.ref,
    version: definition.version,
    kind: definition.kind,
    name: definition.name,
    semantic_hash: definition.semanticHash,
    descriptive_hash: definition.descriptiveHash,
    body: toJsonText(definition.definition),
    applied_at: definition.appliedAt,
    by: definition.by,
    location: definition.location,
  }
}
