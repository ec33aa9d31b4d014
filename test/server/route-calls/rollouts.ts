import type { RouteCalls } from './model.ts'

const params = { name: 'late' }
const one = { name: 'late', id: 'rol_1' }
const unknown = { name: 'x' }

export const rollouts = {
  rollouts: { good: { params }, unknown: [{ params: unknown }, 'UNKNOWN_DEPLOYMENT'] },
  rollout: {
    good: { params: one },
    unknown: [{ params: { name: 'late', id: 'rol_9' } }, 'ROLLOUT_UNKNOWN'],
  },
  rolloutLooks: {
    good: { params: one },
    unknown: [{ params: { name: 'late', id: 'rol_9' } }, 'ROLLOUT_UNKNOWN'],
  },
  rolloutsUnderWay: { good: {} },
  rolloutLog: {
    good: { params, query: 'after=1' },
    bad: [[{ params, query: 'after=-1' }, 'query.after']],
    unknown: [{ params: unknown }, 'UNKNOWN_DEPLOYMENT'],
  },
  startRollout: {
    good: { params, body: { release: 2, reason: 'better' } },
    bad: [
      [{ params, body: { release: 2 } }, 'body.reason'],
      [{ params, body: { release: 2, reason: '' } }, 'body.reason'],
    ],
    unknown: [{ params: unknown, body: { reason: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  rolloutEvent: {
    good: { params: one, body: { event: 'hold', reason: 'odd scores' } },
    bad: [
      [{ params: one, body: { event: 'verify_passed', reason: 'x' } }, 'body.event'],
      [{ params: one, body: { event: 'step_down', weight: '5', reason: 'x' } }, 'body.weight'],
    ],
    unknown: [
      { params: { name: 'late', id: 'rol_9' }, body: { event: 'abort', reason: 'x' } },
      'ROLLOUT_UNKNOWN',
    ],
  },
  approveRollout: {
    good: { params: one, body: {} },
    unknown: [{ params: { name: 'late', id: 'rol_9' }, body: {} }, 'ROLLOUT_UNKNOWN'],
  },
  closeIncident: {
    good: { params, body: { reason: 'understood' } },
    bad: [[{ params, body: {} }, 'body.reason']],
    unknown: [{ params: unknown, body: { reason: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  setKill: {
    good: { params, body: { level: 'challengers', reason: 'odd scores' } },
    bad: [[{ params, body: { level: 'off', reason: 'x' } }, 'body.level']],
    unknown: [{ params: unknown, body: { level: 'lift', reason: 'x' } }, 'UNKNOWN_DEPLOYMENT'],
  },
  drillRollback: {
    good: { params, body: {} },
    unknown: [{ params: unknown, body: {} }, 'UNKNOWN_DEPLOYMENT'],
  },
} as const satisfies RouteCalls
