import type { ErrorEntry } from './index.ts'

export const pipelineErrors = {
  PIPELINE_UNKNOWN: {
    status: 404,
    title: 'No such pipeline',
    hint: 'fettle run without a name lists the pipelines.',
  },
  PIPELINE_INVALID: { status: 400, title: 'The pipeline cannot run', hint: 'Mend each listed problem.' },
  BAD_SCHEDULE: {
    status: 400,
    title: 'Not a schedule',
    hint: "Write a duration ('15m'), 'hourly', 'daily', 'weekly', 'monthly', or five cron fields in UTC ('30 2 * * *').",
  },
  RUN_UNKNOWN: { status: 404, title: 'No such run', hint: 'fettle runs lists the runs.' },
  STEP_UNKNOWN: { status: 404, title: 'No such step', hint: 'The run page lists its steps.' },
  RUN_NOT_RESUMABLE: {
    status: 409,
    title: 'The run cannot be resumed',
    hint: 'Only failed and cancelled runs are resumed; start a new run instead.',
  },
  STALE_TOKEN: {
    status: 409,
    title: 'Another attempt owns this step',
    hint: 'The worker must stop its process; its result is not published.',
  },
  ATTEMPT_UNKNOWN: {
    status: 404,
    title: 'No such attempt',
    hint: 'The attempt was never leased by this server.',
  },
  IDEMPOTENCY_CONFLICT: {
    status: 409,
    title: 'The idempotency key was used with another body',
    hint: 'Use a new key for a new request.',
  },
  STEP_FAILED: {
    status: 422,
    title: 'A step failed',
    hint: 'Read the end of its log: fettle logs RUN STEP.',
  },
  STEP_TIMED_OUT: {
    status: 422,
    title: 'A step ran longer than maxRuntime',
    hint: 'Raise maxRuntime or make the step smaller.',
  },
  STEP_OUTPUT_INVALID: {
    status: 422,
    title: 'A step did not write what it declares',
    hint: 'Write output.json with every declared output.',
  },
  WORKER_LOST: {
    status: 503,
    title: 'The worker of an attempt was lost',
    hint: 'The step is tried again by itself.',
  },
  ATTEMPT_BEGUN: {
    status: 409,
    title: 'The attempt runs in another process already',
    hint: 'This process must stop; the first one goes on.',
  },
  STEP_OUT_OF_MEMORY: {
    status: 422,
    title: 'A step ran out of memory',
    hint: 'Give it less data or a machine with more memory.',
  },
  STEP_KILLS_WORKERS: {
    status: 422,
    title: 'A step lost its worker three times in a row',
    hint: 'Look at memory use and native crashes of the step; resume the run once mended.',
  },
  WORKER_TOKEN_INVALID: {
    status: 401,
    title: 'The worker token is not valid',
    hint: 'Use the token of server.json in the .fettle folder.',
  },
} as const satisfies Record<string, ErrorEntry>
