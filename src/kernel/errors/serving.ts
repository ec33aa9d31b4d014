import type { ErrorEntry } from './index.ts'

export const servingErrors = {
  UNKNOWN_DEPLOYMENT: {
    status: 404,
    title: 'No such deployment',
    hint: 'GET /v2/models lists the deployments.',
  },
  UNKNOWN_VERSION: {
    status: 404,
    title: 'No such release of this deployment',
    hint: 'Leave out the version to reach the champion.',
  },
  NOT_READY: {
    status: 503,
    title: 'The deployment is not ready',
    hint: 'Retry after the time in Retry-After.',
  },
  OVERLOADED: { status: 503, title: 'Too much is waiting', hint: 'Retry after the time in Retry-After.' },
  DRAINING: { status: 503, title: 'The server is shutting down', hint: 'Retry on a new connection.' },
  KILLED: {
    status: 503,
    title: 'The deployment is switched off',
    hint: 'Somebody closed it with the kill switch; fettle kill-switch DEPLOYMENT --level lift opens it again.',
  },
  DEADLINE: { status: 504, title: 'The deadline passed', hint: 'Allow more time, or send fewer rows.' },
  LOG_UNWRITABLE: {
    status: 503,
    title: 'The prediction log cannot be written',
    hint: 'Free disk space; no prediction is answered that is not recorded.',
  },
  SCORER_FAILED: {
    status: 500,
    title: 'The model failed on this request',
    hint: 'Look at the scorer log of the deployment.',
  },
  UNKNOWN_INPUT: {
    status: 400,
    title: 'An input is not in the signature',
    hint: 'GET /v2/models/NAME shows the inputs.',
  },
  MISSING_INPUT: { status: 400, title: 'An input is missing', hint: 'GET /v2/models/NAME shows the inputs.' },
  DUPLICATE_NAME: { status: 400, title: 'An input is named twice', hint: 'Send every input once.' },
  WRONG_DATATYPE: {
    status: 400,
    title: 'The datatype is not the registered one',
    hint: 'GET /v2/models/NAME shows the datatypes.',
  },
  WRONG_SHAPE: {
    status: 400,
    title: 'The shape does not fit',
    hint: 'Data length must equal the product of the shape.',
  },
  WRONG_TYPE: {
    status: 400,
    title: 'A value has the wrong type',
    hint: 'Send the registered type; no value is coerced.',
  },
  NOT_AN_INTEGER: { status: 400, title: 'A value is not a whole number', hint: 'Send an integer.' },
  OUT_OF_RANGE: {
    status: 400,
    title: 'A value is out of range',
    hint: 'Send a finite value that fits the type.',
  },
  NULL_NOT_ALLOWED: {
    status: 400,
    title: 'A value is null and may not be',
    hint: 'Send a value; the signature says which inputs are nullable.',
  },
  BAD_UTF8: {
    status: 400,
    title: 'A text is not valid Unicode',
    hint: 'Send UTF-8 without lone surrogates.',
  },
  BAD_KEY: {
    status: 400,
    title: 'An entity key cannot be used',
    hint: 'Keys are text without U+0000, of at most 1024 bytes.',
  },
  BAD_HEADER: {
    status: 400,
    title: 'A header has a value that cannot be used',
    hint: 'Send a whole number of milliseconds in fettle-timeout-ms.',
  },
  RESERVED_PARAMETER: {
    status: 400,
    title: 'A request parameter is reserved',
    hint: 'Leave out parameters that begin with sequence_ or triton_, and headers.',
  },
  RELEASE_REFUSED: {
    status: 409,
    title: 'A release cannot be served',
    hint: 'Deploy again; the release that answered before still does.',
  },
  SLOW_BODY: {
    status: 408,
    title: 'The body did not arrive in time',
    hint: 'Send the whole body within ten seconds.',
  },
  UNSUPPORTED_ENCODING: {
    status: 415,
    title: 'The content encoding is not understood',
    hint: 'Send the body without Content-Encoding.',
  },
  LOG_DAMAGED: {
    status: 500,
    title: 'A prediction log segment is damaged',
    hint: 'Keep the file and report it; the other segments are not affected.',
  },
  DECISION_UNKNOWN: { status: 404, title: 'No such decision', hint: 'Check the prediction id.' },
} as const satisfies Record<string, ErrorEntry>
