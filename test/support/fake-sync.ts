import type { RunAlerts, SyncService } from '../../src/experiments/index.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import { now } from './sample-records.ts'

type Called = (name: string, args: unknown) => void

/** Too long for the home page to tell of it. */
const longAgo = now - 8n * 86_400_000_000n
const server = { id: '0'.repeat(32), name: 'late' }

/** One client that came to operation 3, the last of which was refused. */
export function fakeSync(called: Called): SyncService {
  const refused = { sequence: 3, run: 'run_1', code: 'PARAM_CHANGED', message: 'another value' }
  return {
    contact: async () => ({ server, acknowledged: 3, digest: 'aa', now }),
    async send({ from, operations }) {
      if (from > 4) throw new FettleError('SYNC_GAP', 'operation 4 is missing')
      called('sync', operations.length)
      return { server, acknowledged: from + operations.length - 1, refused: [refused], skew: 1_500_000n }
    },
    refusals: async () => [refused],
    clients: async () => [
      { client: 'c', sequence: 3, digest: 'aa', skew: 1_500_000n, principal: 'mila', seenAt: now },
    ],
    beat: async (_client, runs) =>
      new Map(runs.map(run => [run, { state: 'alive', inferred: false, since: now }])),
  }
}

/** One rule, and what it found in one run. */
export function fakeAlerts(called: Called): RunAlerts {
  const test = { kind: 'nan' } as const
  const rule = {
    ...{ id: 'alr_1', experiment: 1, owner: 'mila' },
    ...{ test, createdAt: now, mutedUntil: null },
  }
  const known = (id: string) => {
    if (id !== rule.id) throw new FettleError('ALERT_RULE_UNKNOWN', `there is no alert rule ${id}`)
  }
  return {
    rules: async () => [rule],
    addRule: async each => {
      called('addRule', each)
      return { ...rule, test: each.test }
    },
    removeRule: async id => known(id),
    mute: async (id, until) => {
      known(id)
      called('mute', until)
    },
    list: async () => [
      {
        ...{ rule: rule.id, run: 'run_1', experiment: 1, owner: 'mila', kind: 'nan' },
        ...{ message: 'loss became NaN at step 3', at: longAgo, closedAt: null, muted: false },
      },
    ],
  }
}
