import type { Kysely, Selectable } from 'kysely'
import type { AlertRule, RunAlert, RunAlertStore } from '../../../../experiments/index.ts'
import {
  fromJsonText,
  type MicrosColumn,
  micros,
  microsOrNull,
  type NullableMicrosColumn,
  toJsonText,
} from '../../columns.ts'
import type { Schema } from '../../schema.ts'

export interface RunAlertTables {
  run_alert_rules: {
    id: string
    experiment: number | null
    owner: string
    content: string
    created_at: MicrosColumn
    muted_until: NullableMicrosColumn
  }
  run_alerts: {
    rule: string
    run: string
    experiment: number
    owner: string
    kind: string
    message: string
    at: MicrosColumn
    closed_at: NullableMicrosColumn
  }
}

export function runAlertStore(db: Kysely<Schema>): RunAlertStore {
  return {
    async rules() {
      const rows = await db.selectFrom('run_alert_rules').selectAll().orderBy('created_at').execute()
      return rows.map(toRule)
    },
    async addRule({ id, experiment, owner, test, createdAt, mutedUntil }) {
      const content = toJsonText(test)
      await db
        .insertInto('run_alert_rules')
        .values({ id, experiment, owner, content, created_at: createdAt, muted_until: mutedUntil })
        .execute()
    },
    async removeRule(id) {
      const { numDeletedRows } = await db
        .deleteFrom('run_alert_rules')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    async mute(id, until) {
      const { numUpdatedRows } = await db
        .updateTable('run_alert_rules')
        .set({ muted_until: until })
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },
    async open(alert) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('run_alerts')
        .values({ ...alert, closed_at: null })
        .onConflict(conflict => conflict.columns(['rule', 'run']).doNothing())
        .executeTakeFirstOrThrow()
      return (numInsertedOrUpdatedRows ?? 0n) > 0n
    },
    async close(rule, run, at) {
      const { numUpdatedRows } = await db
        .updateTable('run_alerts')
        .set({ closed_at: at })
        .where('rule', '=', rule)
        .where('run', '=', run)
        .where('closed_at', 'is', null)
        .executeTakeFirstOrThrow()
      return numUpdatedRows > 0n
    },
    async list({ run, experiment, rule, open = false, limit }) {
      let query = db.selectFrom('run_alerts').selectAll()
      if (run !== undefined) query = query.where('run', '=', run)
      if (experiment !== undefined) query = query.where('experiment', '=', experiment)
      if (rule !== undefined) query = query.where('rule', '=', rule)
      if (open) query = query.where('closed_at', 'is', null)
      const rows = await query.orderBy('at', 'desc').orderBy('rule').limit(limit).execute()
      return rows.map(toAlert)
    },
  }
}

function toRule(row: Selectable<RunAlertTables['run_alert_rules']>): AlertRule {
  return {
    ...{ id: row.id, owner: row.owner },
    experiment: row.experiment === null ? null : Number(row.experiment),
    test: fromJsonText<AlertRule['test']>(row.content),
    createdAt: micros(row.created_at),
    mutedUntil: microsOrNull(row.muted_until),
  }
}

function toAlert({
  at,
  closed_at,
  experiment,
  kind,
  ...row
}: Selectable<RunAlertTables['run_alerts']>): RunAlert {
  return {
    ...row,
    experiment: Number(experiment),
    kind: kind as RunAlert['kind'],
    at: micros(at),
    closedAt: microsOrNull(closed_at),
  }
}
