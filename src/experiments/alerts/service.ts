import { auditWriter, type Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import type { Micros } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { find as findExperiment } from '../tracking/experiments.ts'
import { assertKey, invalid } from '../tracking/limits.ts'
import type { TrackingStores } from '../tracking/ports.ts'
import type { AlertRule, AlertTest, RunAlert } from './model.ts'
import type { RunWatch } from './watch.ts'

export interface ShownAlert extends RunAlert {
  /** Its rule is muted now. */
  readonly muted: boolean
}

export interface RunAlerts {
  /** By age. */
  rules(): Promise<readonly AlertRule[]>
  /** Of one experiment (its id), or of all. Throws EXPERIMENT_UNKNOWN, TRACKING_INVALID. */
  addRule(
    rule: { readonly experiment: string | null; readonly test: AlertTest },
    principal: Principal,
  ): Promise<AlertRule>
  /** What it found stays. Throws ALERT_RULE_UNKNOWN. */
  removeRule(id: string, principal: Principal): Promise<void>
  /** Null ends it. Throws ALERT_RULE_UNKNOWN. */
  mute(id: string, until: Micros | null, principal: Principal): Promise<void>
  /** Newest first, closed and muted ones too. */
  list(query: {
    readonly run?: string
    readonly experiment?: string
    readonly limit: number
  }): Promise<readonly ShownAlert[]>
}

export interface RunAlertDeps {
  readonly uow: UnitOfWork<TrackingStores>
  readonly clock: Clock
  readonly watch: RunWatch
}

export function createRunAlerts({ uow, clock, watch }: RunAlertDeps): RunAlerts {
  const { runAlerts, tracking } = uow.read
  const change = async (
    principal: Principal,
    entry: {
      readonly id: string
      readonly action: string
      readonly details: Readonly<Record<string, string | null>>
    },
    work: (stores: TrackingStores) => Promise<boolean>,
  ) => {
    await uow.transaction(async stores => {
      if (!(await work(stores)))
        throw new FettleError('ALERT_RULE_UNKNOWN', `There is no alert rule ${entry.id}`)
      const { id, action, details } = entry
      await auditWriter(clock, principal)(stores, { object: `alert-rule:${id}`, action, details })
    })
    watch.forget()
  }
  return {
    rules: () => runAlerts.rules(),
    async addRule({ experiment, test }, principal) {
      assertTest(test)
      const of = experiment === null ? null : (await findExperiment(tracking, experiment)).id
      const rule: AlertRule = {
        ...{ id: newId('alr'), experiment: of, owner: principal.name, test },
        ...{ createdAt: clock.nowMicros(), mutedUntil: null },
      }
      const details = { experiment, kind: test.kind }
      await change(principal, { id: rule.id, action: 'alert-rule.created', details }, async stores => {
        await stores.runAlerts.addRule(rule)
        return true
      })
      return rule
    },
    removeRule: (id, principal) =>
      change(principal, { id, action: 'alert-rule.removed', details: {} }, stores =>
        stores.runAlerts.removeRule(id),
      ),
    mute: (id, until, principal) =>
      change(
        principal,
        { id, action: 'alert-rule.muted', details: { until: until === null ? null : String(until) } },
        stores => stores.runAlerts.mute(id, until),
      ),
    async list({ experiment, ...query }) {
      const of =
        experiment === undefined ? {} : { experiment: (await findExperiment(tracking, experiment)).id }
      const alerts = await runAlerts.list({ ...query, ...of })
      const now = clock.nowMicros()
      const rules = await runAlerts.rules()
      const muted = new Set(
        rules.filter(({ mutedUntil }) => mutedUntil !== null && mutedUntil > now).map(({ id }) => id),
      )
      return alerts.map(alert => ({ ...alert, muted: muted.has(alert.rule) }))
    },
  }
}

function assertTest(test: AlertTest): void {
  if ('key' in test && test.key !== undefined) assertKey('test.key', test.key)
  if (test.kind === 'bound' && test.above === undefined && test.below === undefined)
    invalid('test: above or below is wanted')
}
