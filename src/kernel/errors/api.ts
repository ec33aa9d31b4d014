import type { ErrorEntry } from './index.ts'

export const apiErrors = {
  BAD_JSON: { status: 400, title: 'The body is not JSON', hint: 'Send one JSON value in UTF-8.' },
  TOO_DEEP: { status: 400, title: 'The body is nested too deep', hint: 'Nest at most 32 levels.' },
  BAD_REQUEST: {
    status: 400,
    title: 'The request does not fit the schema',
    hint: 'See the API description at /openapi.json.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    hint: 'Send fewer rows, or use batch scoring.',
  },
  BATCH_TOO_LARGE: {
    status: 413,
    title: 'Too many rows in one request',
    hint: 'Send fewer rows, or use batch scoring.',
  },
  UNKNOWN_ROUTE: { status: 404, title: 'No such route', hint: 'See the API description at /openapi.json.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The route has no such method',
    hint: 'See the API description at /openapi.json.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'The request does not say who sends it',
    hint: 'Send Authorization: Bearer with the token of .fettle/server.json.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'The request is not permitted',
    hint: 'Ask somebody who has the permission named in the details.',
  },
  UNSUPPORTED_MEDIA: {
    status: 415,
    title: 'The content type is not understood',
    hint: 'Send application/json.',
  },
  NOT_SUPPORTED: {
    status: 501,
    title: 'An optional feature this server does not have',
    hint: 'Use the way the message names; clients fall back to it by themselves.',
  },
  SERVER_UNREACHABLE: {
    status: 503,
    title: 'No Fettle server answers',
    hint: 'Start one with fettle dev, or name its address with --server.',
  },
  USAGE: {
    status: 400,
    title: 'The command cannot be understood',
    hint: 'fettle help COMMAND shows its arguments.',
  },
} as const satisfies Record<string, ErrorEntry>
