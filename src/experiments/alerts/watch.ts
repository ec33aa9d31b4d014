import type { Micros } from '../../kernel/time.ts'
import type { StoredRun, TrackingStores } from '../tracking/ports.ts'
import type { RunState } from '../tracking/write/run-state.ts'
import type { AlertRule, AlertTest } from './model.ts'
import { findingOf } from './test-series.ts'

export type AlertStores = Pick<TrackingStores, 'runAlerts'>

/** Looks at what is written of runs, in the transaction that writes it. */
export interface RunWatch {
  /** Points were added: those that are pending in the states. */
  logged(
    stores: AlertStores,
    runs: readonly { readonly run: StoredRun; readonly state: RunState }[],
    now: Micros,
  ): Promise<void>
  failed(stores: AlertStores, run: StoredRun, now: Micros): Promise<void>
  /** `bytes` are all files of the run. */
  stored(
    stores: AlertStores,
    file: { readonly run: StoredRun; bytes(): Promise<number> },
    now: Micros,
  ): Promise<void>
  /** Of the rules there are; to be called when they change. */
  forget(): void
}

/** Other processes on the database see a new rule after so long. */
const rulesKept = 5_000_000n

export function createRunWatch(): RunWatch {
  let rules: readonly AlertRule[] = []
  let readAt: Micros | undefined

  async function rulesOf({ runAlerts }: AlertStores, now: Micros): Promise<readonly AlertRule[]> {
    if (readAt === undefined || now - readAt > rulesKept || now < readAt) {
      rules = await runAlerts.rules()
      readAt = now
    }
    return rules
  }

  async function look(
    stores: AlertStores,
    { run, now }: { readonly run: StoredRun; readonly now: Micros },
    find: (test: AlertTest) => string | undefined | Promise<string | undefined>,
  ): Promise<void> {
    for (const { id, experiment, owner, test } of await rulesOf(stores, now)) {
      if (experiment !== null && experiment !== run.experiment) continue
      const message = await find(test)
      if (message === undefined) continue
      const about = { run: run.id, experiment: run.experiment }
      await stores.runAlerts.open({ rule: id, ...about, owner, kind: test.kind, message, at: now })
    }
  }

  return {
    async logged(stores, runs, now) {
      if ((await rulesOf(stores, now)).length === 0) return
      for (const { run, state } of runs)
        await look(stores, { run, now }, test => findingOf(test, state.series))
    },
    failed: (stores, run, now) =>
      look(stores, { run, now }, ({ kind }) => (kind === 'failed' ? `Run ${run.name} failed` : undefined)),
    async stored(stores, { run, bytes }, now) {
      await look(stores, { run, now }, async test => {
        if (test.kind !== 'artifacts') return undefined
        const all = await bytes()
        return all > test.bytes
          ? `The files of run ${run.name} are ${all} bytes, more than ${test.bytes}`
          : undefined
      })
    },
    forget() {
      readAt = undefined
    },
  }
}
