import type { ErrorEntry } from './index.ts'

/** Rollouts (releases.md §8, §18). */
export const rolloutErrors = {
  ROLLOUT_UNKNOWN: {
    status: 404,
    title: 'No such rollout',
    hint: 'fettle rollout list DEPLOYMENT shows them.',
  },
  ROLLOUT_GUARD: {
    status: 409,
    title: 'A guard does not hold yet',
    hint: 'fettle rollout show DEPLOYMENT lists every guard with its numbers.',
  },
  SAMPLE_RATIO_MISMATCH: {
    status: 409,
    title: 'Units are not split as the weights say',
    hint: 'The evidence of this step is void: find out what routes or drops requests, then resume.',
  },
  WINDOW_TOO_SHORT: {
    status: 409,
    title: 'There is not enough time or traffic yet',
    hint: 'fettle rollout show DEPLOYMENT says when there will be.',
  },
  CONTRACT_CHANGED_DURING_ROLLOUT: {
    status: 409,
    title: 'The contracts changed while a rollout runs',
    hint: 'Abort the rollout or finish it first.',
  },
  ROLLOUT_LOG_BROKEN: {
    status: 500,
    title: 'The rollout log does not hold',
    hint: 'A row was altered or is missing: weights stay as they are; restore the log from a backup.',
  },
} as const satisfies Record<string, ErrorEntry>
