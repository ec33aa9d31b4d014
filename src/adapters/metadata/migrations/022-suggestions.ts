import type { Migration } from './index.ts'

export const suggestions: Migration = {
  id: '022-suggestions',
  async up(db, { text, integer, keyed }) {
    await db.schema
      .createTable('suggestions')
      .addColumn('id', text, column => column.primaryKey())
      .addColumn('kind', text, column => column.notNull())
      .addColumn('subject', text, column => column.notNull())
      .addColumn('rule', text, column => column.notNull())
      .addColumn('segment_class', text, column => column.notNull())
      .addColumn('segment', text, column => column.notNull())
      .addColumn('cycle', text, column => column.notNull())
      .addColumn('level', text, column => column.notNull())
      .addColumn('state', text, column => column.notNull())
      .addColumn('cap_hit', integer, column => column.notNull())
      .addColumn('flips_upper', integer, column => column.notNull())
      .addColumn('expires_at', integer, column => column.notNull())
      .addColumn('applies_at', integer)
      .addColumn('applied_at', integer)
      .addColumn('decided_at', integer)
      .addColumn('decided_by', text)
      .addColumn('decided_millis', integer)
      .addColumn('batch', text)
      .addColumn('body', text, column => column.notNull())
      .execute()
    const indexes: readonly (readonly [name: string, columns: readonly string[]])[] = [
      ['suggestions_risk', ['flips_upper', 'id']],
      ['suggestions_state', ['state', 'flips_upper', 'id']],
      ['suggestions_subject', ['subject', 'state', 'flips_upper', 'id']],
      ['suggestions_place', ['subject', 'rule', 'segment_class', 'state', 'applied_at', 'segment']],
      ['suggestions_cycle', ['subject', 'rule', 'segment_class', 'cycle', 'segment']],
      ['suggestions_expiry', ['state', 'expires_at']],
      ['suggestions_window', ['state', 'level', 'applies_at']],
      ['suggestions_unapplied', ['state', 'applied_at', 'decided_at', 'id']],
      ['suggestions_pace', ['decided_at']],
    ]
    for (const [name, columns] of indexes)
      await db.schema
        .createIndex(name)
        .on('suggestions')
        .columns([...columns])
        .execute()
    await db.schema
      .createTable('autonomy')
      .addColumn('subject', text, column => column.notNull())
      .addColumn('rule', text, column => column.notNull())
      .addColumn('segment_class', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addPrimaryKeyConstraint('autonomy_key', ['subject', 'rule', 'segment_class'])
      .execute()
    await db.schema
      .createTable('autonomy_steps')
      .addColumn('subject', text, column => column.notNull())
      .addColumn('rule', text, column => column.notNull())
      .addColumn('segment_class', text, column => column.notNull())
      .addColumn('seq', integer, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addPrimaryKeyConstraint('autonomy_steps_key', ['subject', 'rule', 'segment_class', 'seq'])
      .execute()
    await db.schema
      .createTable('autonomy_evidence')
      .addColumn('subject', text, column => column.notNull())
      .addColumn('rule', text, column => column.notNull())
      .addColumn('segment_class', text, column => column.notNull())
      .addColumn('era', integer, column => column.notNull())
      .addColumn('sort', text, column => column.notNull())
      .addColumn('cycle', text, column => column.notNull())
      .addColumn('segment', text, column => column.notNull())
      .addPrimaryKeyConstraint('autonomy_evidence_key', [
        'subject',
        'rule',
        'segment_class',
        'era',
        'sort',
        'cycle',
        'segment',
      ])
      .modifyEnd(keyed)
      .execute()
    await db.schema
      .createTable('suggestion_batches')
      .addColumn('id', text, column => column.primaryKey())
      .addColumn('body', text, column => column.notNull())
      .execute()
  },
}
