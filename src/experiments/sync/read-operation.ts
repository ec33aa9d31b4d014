import { invalid } from '../tracking/limits.ts'
import type { DatasetInput, LoggedBatch, LoggedPoint, RunStatus } from '../tracking/model.ts'
import type { Operation } from './model.ts'

type Fields = Readonly<Record<string, unknown>>

/** Throws TRACKING_INVALID, naming the field. Values are checked where they are stored. */
export function readOperation(sent: unknown): Operation {
  const fields = object('operation', sent)
  const run = text('run', fields['run'])
  if (!/^[0-9a-f]{32}$/.test(run)) invalid('run: 32 hex digits are wanted')
  const reader = readers[fields['op'] as Operation['kind']]
  if (reader === undefined) invalid(`op: one of ${Object.keys(readers).join(', ')} is wanted`)
  return reader(run, fields)
}

/** The run an operation is about, as far as that can be said of what cannot be read. */
export function runOf(sent: unknown): string | null {
  const run = typeof sent === 'object' && sent !== null && 'run' in sent ? sent.run : null
  return typeof run === 'string' ? run.slice(0, 64) : null
}

const readers: { readonly [Kind in Operation['kind']]: (run: string, fields: Fields) => Operation } = {
  run: (run, { experiment, name, user, startedAt, tags, forkOf }) => ({
    ...{ kind: 'run', run, experiment: text('experiment', experiment) },
    startedAt: time('startedAt', startedAt),
    tags: texts('tags', tags),
    ...(name === undefined ? {} : { name: text('name', name) }),
    ...(user === undefined ? {} : { user: text('user', user) }),
    ...(forkOf === undefined ? {} : { forkOf: fork(object('forkOf', forkOf)) }),
  }),
  log: (run, fields) => ({ kind: 'log', run, batch: batch(fields) }),
  inputs: (run, { datasets }) => ({ kind: 'inputs', run, datasets: list('datasets', datasets).map(dataset) }),
  status: (run, { status, at }) => ({
    ...{ kind: 'status', run, at: time('at', at) },
    // What is no status is refused where it is set.
    status: text('status', status) as RunStatus,
  }),
  file: (run, { path, hash }) => ({ kind: 'file', run, path: text('path', path), hash: text('hash', hash) }),
}

function batch({ metrics = [], params = {}, tags = {} }: Fields): LoggedBatch {
  return {
    metrics: list('metrics', metrics).map(point),
    params: Object.entries(texts('params', params)).map(([key, value]) => ({ key, value })),
    tags: Object.entries(texts('tags', tags)).map(([key, value]) => ({ key, value })),
  }
}

const named: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/** `[key, value, step, microseconds]`; what JSON has no number for goes by name. */
function point(sent: unknown, index: number): LoggedPoint {
  const [key, value, step, at] = list(`metrics[${index}]`, sent)
  return {
    key: text(`metrics[${index}][0]`, key),
    value: (typeof value === 'string' ? (named[value] ?? value) : value) as number,
    step: step as number,
    at: time(`metrics[${index}][3]`, at),
  }
}

function dataset(sent: unknown, index: number): DatasetInput {
  const fields = object(`datasets[${index}]`, sent)
  const given = (field: string) => text(`datasets[${index}].${field}`, fields[field])
  const orNull = (field: string) => (fields[field] == null ? null : given(field))
  return {
    ...{ name: given('name'), digest: given('digest') },
    ...{ sourceType: given('sourceType'), source: given('source') },
    ...{ schema: orNull('schema'), profile: orNull('profile') },
    tags: texts(`datasets[${index}].tags`, fields['tags'] ?? {}),
  }
}

function fork({ run, step }: Fields): { readonly run: string; readonly step: number } {
  if (!Number.isSafeInteger(step)) invalid('forkOf.step: a whole number is wanted')
  return { run: text('forkOf.run', run), step: step as number }
}

function object(place: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  return invalid(`${place}: an object is wanted`)
}

function list(place: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : invalid(`${place}: a list is wanted`)
}

function text(place: string, value: unknown): string {
  return typeof value === 'string' ? value : invalid(`${place}: a text is wanted`)
}

function texts(place: string, value: unknown): Readonly<Record<string, string>> {
  const fields = object(place, value)
  for (const [key, each] of Object.entries(fields)) text(`${place}.${key.slice(0, 100)}`, each)
  return fields as Readonly<Record<string, string>>
}

function time(place: string, value: unknown): bigint {
  if (!Number.isSafeInteger(value)) invalid(`${place}: microseconds since 1970 are wanted`)
  return BigInt(value as number)
}
