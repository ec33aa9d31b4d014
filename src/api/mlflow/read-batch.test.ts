import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFettleError } from '../../kernel/errors/index.ts'
import { keyValue } from './experiment-routes.ts'
import { double, integer, listOf, message, optional, required, text } from './fields.ts'
import { readBatch } from './read-batch.ts'
import { readMessage } from './read-message.ts'

/** The same request, read by the table of fields. */
const fields = {
  run_id: required(text, 'run_uuid'),
  metrics: optional(
    listOf(
      message({
        key: required(text),
        value: required(double),
        timestamp: required(integer),
        step: optional(integer),
        model_id: optional(text),
        dataset_name: optional(text),
        dataset_digest: optional(text),
      }),
    ),
  ),
  params: optional(listOf(keyValue)),
  tags: optional(listOf(keyValue)),
}

function naive(body: Readonly<Record<string, unknown>>) {
  const read = readMessage(fields, body)
  return {
    runId: read.run_id,
    metrics: (read.metrics ?? []).map(({ step = 0, ...point }) => ({
      ...{ key: point.key, value: point.value, timestamp: point.timestamp, step },
      ...(point.model_id ? { modelId: point.model_id } : {}),
      ...(point.dataset_name ? { dataset: { name: point.dataset_name, digest: point.dataset_digest } } : {}),
    })),
    params: (read.params ?? []).map(({ key, value = '' }) => ({ key, value })),
    tags: (read.tags ?? []).map(({ key, value = '' }) => ({ key, value })),
  }
}

const outcome = (read: () => unknown): unknown => {
  try {
    return read()
  } catch (error) {
    if (isFettleError(error, 'BAD_REQUEST')) return error.details['parameter']
    throw error
  }
}

const odd = fc.constantFrom(
  null,
  true,
  1.5,
  -1,
  2 ** 53,
  '',
  'x',
  '7',
  'NaN',
  '-Infinity',
  '1e3',
  '\ud800',
  '\0',
  {},
  [],
)
const mostly = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: odd })
const words = fc.constantFrom('a', 'ü/b', 'loss', '__proto__')
const point = fc.record(
  {
    key: mostly(words),
    value: mostly(fc.oneof(fc.double(), fc.constantFrom('NaN', 'Infinity', '0.5', 3))),
    timestamp: mostly(fc.oneof(fc.maxSafeInteger(), fc.constantFrom('12', 0))),
    step: mostly(fc.integer()),
    model_id: mostly(words),
  },
  { requiredKeys: ['key', 'value', 'timestamp'] },
)
const dataset = fc.constantFrom({}, { dataset_name: 'd', dataset_digest: '1' })
const pair = fc.record({ key: mostly(words), value: mostly(words) }, { requiredKeys: ['key'] })
const list = (item: fc.Arbitrary<unknown>) => mostly(fc.array(mostly(item), { maxLength: 4 }))
const body = fc.record(
  {
    run_id: mostly(words),
    metrics: list(fc.tuple(point, dataset).map(([one, two]) => ({ ...one, ...two }))),
    params: list(pair),
    tags: list(pair),
  },
  { requiredKeys: [] },
)

describe('a batch', () => {
  it('is read as the table of fields reads it, or refused at the same place', () => {
    fc.assert(
      fc.property(body, sent => {
        // What cannot be in JSON cannot be sent.
        const json = JSON.parse(JSON.stringify(sent)) as Readonly<Record<string, unknown>>
        expect(outcome(() => readBatch(json))).toEqual(outcome(() => naive(json)))
      }),
      { numRuns: 3000 },
    )
  })
})
