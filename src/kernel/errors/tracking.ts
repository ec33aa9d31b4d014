import type { ErrorEntry } from './index.ts'

export const trackingErrors = {
  EXPERIMENT_UNKNOWN: { status: 404, title: 'No such experiment', hint: 'fettle experiments lists them.' },
  EXPERIMENT_RUN_UNKNOWN: {
    status: 404,
    title: 'No such experiment run',
    hint: 'The experiment page lists its runs.',
  },
  RUN_FINISHED: { status: 409, title: 'The run has ended', hint: 'Start a new run, or resume this one.' },
  PARAM_CHANGED: {
    status: 400,
    title: 'A param cannot change',
    hint: 'Params are written once; log a metric or tag for what changes.',
  },
  MODEL_UNKNOWN: { status: 404, title: 'No such registered model', hint: 'fettle models lists them.' },
  MODEL_VERSION_UNKNOWN: {
    status: 404,
    title: 'No such model version',
    hint: 'The model page lists its versions.',
  },
  ALIAS_UNKNOWN: { status: 404, title: 'No such alias', hint: 'The model page lists its aliases.' },
  ARTIFACT_UNKNOWN: { status: 404, title: 'No such artifact', hint: 'The run page lists its artifacts.' },
  OBJECT_UNKNOWN: {
    status: 404,
    title: 'No object with this hash',
    hint: 'The object store may have been moved or cut; restore it from a backup.',
  },
  OBJECT_CORRUPT: {
    status: 500,
    title: 'Stored bytes do not have their hash',
    hint: 'Restore the object from a backup.',
  },
  NAME_TAKEN: { status: 409, title: 'The name is taken', hint: 'Choose another name.' },
  NAME_INVALID: {
    status: 400,
    title: 'Not a usable name',
    hint: 'Names are lower case: a letter, then up to 62 letters, digits, _ or -.',
  },
  LOG_INVALID: {
    status: 400,
    title: 'The batch cannot be logged',
    hint: 'Nothing of the batch was written; mend the named value and send it again.',
  },
  ARTIFACT_PATH_INVALID: {
    status: 400,
    title: 'Not a usable artifact path',
    hint: 'Paths are relative, with forward slashes, without empty, . or .. segments.',
  },
  ORDER_INVALID: {
    status: 400,
    title: 'Not an order of runs',
    hint: 'Write started, or metric.<key> desc or asc.',
  },
  STATE_INVALID: {
    status: 400,
    title: 'A run cannot end in this state',
    hint: 'End a run as finished, failed or killed.',
  },
  AUDIT_BROKEN: {
    status: 500,
    title: 'The audit log was altered',
    hint: 'Restore a backup made before the first bad event; find out who can write to the store.',
  },
  MODEL_INVALID: {
    status: 400,
    title: 'The model version cannot be registered',
    hint: 'Nothing was written; mend what the message names.',
  },
} as const satisfies Record<string, ErrorEntry>
