import type { ErrorEntry } from './index.ts'

/** What a caller of the data port can have got wrong, in any dialect (serving.md §3, §10, §11). */
export const servingRequestErrors = {
  NO_JSON_FORM: {
    status: 400,
    title: 'The datatype has no JSON form',
    hint: 'Send it as a binary tensor, or as FP32.',
  },
  BAD_BASE64: { status: 400, title: 'A text is not base64', hint: 'Send standard base64 with padding.' },
  BAD_CSV: {
    status: 400,
    title: 'The CSV cannot be read',
    hint: 'Send RFC 4180 with a header row, commas and UTF-8.',
  },
  USE_A_ROLLOUT: {
    status: 400,
    title: 'Models are not loaded over this protocol',
    hint: 'fettle deploy and fettle rollout decide what is loaded.',
  },
  BAD_CHARSET: { status: 415, title: 'The charset is not UTF-8', hint: 'Send UTF-8.' },
  UNSUPPORTED: {
    status: 501,
    title: 'The deployment does not do that',
    hint: 'GET /v2/models/NAME shows what it does.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large',
    hint: 'Send at most 16 KiB of headers.',
  },
  QUOTA: {
    status: 429,
    title: 'This caller is over its own limit',
    hint: 'Retry after the time in Retry-After, or ask for a higher limit.',
  },
  ROW_CRASHES_SCORER: {
    status: 500,
    title: 'A row ends the scorer that gets it',
    hint: 'The row is refused for ten minutes; other rows are not affected. Look at the scorer log.',
  },
  FEEDBACK_UNKNOWN_KIND: {
    status: 400,
    title: 'The deployment takes no such feedback',
    hint: 'Declare it in `feedback` of the deployment.',
  },
  FEEDBACK_CONFLICT: {
    status: 409,
    title: 'The feedback id was used for something else',
    hint: 'The first one is kept. A correction is a new item with an id of its own, or with none.',
  },
  FUTURE_TIME: {
    status: 400,
    title: 'A time is in the future',
    hint: 'Send when it happened, in UTC; clocks may be five minutes apart.',
  },
  FEEDBACK_UNWRITABLE: {
    status: 503,
    title: 'The feedback log cannot be written',
    hint: 'Free disk space; nothing is acknowledged that is not recorded.',
  },
  BATCH_JOB_UNKNOWN: { status: 404, title: 'No such batch job', hint: 'fettle batch list shows them.' },
  BATCH_STATE: {
    status: 409,
    title: 'The batch job cannot do that now',
    hint: 'fettle batch show ID says how far it is.',
  },
  BATCH_INCOMPLETE: {
    status: 409,
    title: 'Rows of the batch job are neither scored nor put aside',
    hint: 'fettle batch resume ID goes on with what is missing.',
  },
  TOO_MANY_BAD_ROWS: {
    status: 422,
    title: 'Too many rows cannot be scored',
    hint: 'Look at the quarantine of the job; raise maxBadRate if they are to be left out.',
  },
} as const satisfies Record<string, ErrorEntry>
