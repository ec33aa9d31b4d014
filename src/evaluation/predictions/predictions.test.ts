import { expect, test } from 'vitest'
import { evaluateRows } from '../evaluate-rows.ts'
import { pairPredictions } from './pair-predictions.ts'
import { type PredictionsTable, readPredictions, type TableColumn } from './predictions-table.ts'

const numbers = (values: readonly number[], type = 'DOUBLE'): TableColumn => ({
  ...{ kind: 'number', type },
  values: Float64Array.from(values),
})

/** Texts as a reader gives them; null is missing. */
function texts(values: readonly (string | null)[]): TableColumn {
  const dictionary = [...new Set(values.filter(value => value !== null))].sort()
  const codes = Int32Array.from(values, value => (value === null ? -1 : dictionary.indexOf(value)))
  return { kind: 'text', type: 'VARCHAR', codes, dictionary }
}

const table = (columns: PredictionsTable['columns'], rows = 4): PredictionsTable => ({ rows, columns })

const flights = table({
  id: texts(['a', 'b', 'c', 'd']),
  late: numbers([1, 0, Number.NaN, 1], 'BOOLEAN'),
  score: numbers([0.9, 0.2, 0.5, 0.7]),
  origin: texts(['ORD', null, 'ORD', 'LAX']),
  night: numbers([1, 0, 0, Number.NaN], 'BOOLEAN'),
  day: numbers([0, 1, 2, 31], 'DATE'),
})
const columns = { task: 'binary', label: 'late', score: 'score', keep: [] } as const

test('a table becomes rows: labels that have not come, times of dates, booleans as texts', () => {
  const { rows, outputs, ids } = readPredictions(flights, {
    ...columns,
    ...{ id: 'id', time: 'day', keep: ['origin', 'night'], threshold: 0.6 },
  })
  expect([...rows.labels]).toEqual([1, 0, Number.NaN, 1])
  expect([...(rows.times ?? [])].map(time => time / 86_400e6)).toEqual([0, 1, 2, 31])
  expect(rows.columns['night']).toEqual({
    codes: Int32Array.from([1, 0, 0, -1]),
    dictionary: ['false', 'true'],
  })
  expect([...(outputs.actions ?? [])]).toEqual([1, 0, 0, 1])
  expect(ids?.dictionary).toEqual(['a', 'b', 'c', 'd'])
  expect(evaluateRows(rows, outputs).coverage.immature).toBe(1)
})

test('equal tables have equal hashes, and any value changes it', () => {
  const hash = (from: PredictionsTable) => readPredictions(from, columns).rows.hash
  expect(hash(flights)).toBe(hash(flights))
  expect(hash(table({ ...flights.columns, score: numbers([0.9, 0.2, 0.5, 0.71]) }))).not.toBe(hash(flights))
})

test('labels may be written as words, but only those of a binary label', () => {
  const label = (values: readonly (string | null)[]) => table({ ...flights.columns, late: texts(values) })
  const { rows } = readPredictions(label(['true', 'false', null, '1']), columns)
  expect([...rows.labels]).toEqual([1, 0, Number.NaN, 1])
  expect(() => readPredictions(label(['late', 'false', null, '1']), columns)).toThrow(
    expect.objectContaining({ code: 'NOT_BINARY', message: expect.stringContaining('"late"') }),
  )
})

test('ids name rows once each', () => {
  const repeated = table({ ...flights.columns, id: texts(['a', 'b', 'b', 'a']) })
  expect(() => readPredictions(repeated, { ...columns, id: 'id' })).toThrow(
    expect.objectContaining({ code: 'DUPLICATE_IDS', details: { ids: ['b', 'a'], count: 2 } }),
  )
  const missing = table({ ...flights.columns, id: texts(['a', null, 'b', 'c']) })
  expect(() => readPredictions(missing, { ...columns, id: 'id' })).toThrow(
    expect.objectContaining({ code: 'TYPE_MISMATCH' }),
  )
})

test('a score that is no number is refused by row, one that is text by column', () => {
  const broken = table({ ...flights.columns, score: numbers([0.9, Number.NaN, 0.5, 0.7]) })
  const { rows, outputs } = readPredictions(broken, columns)
  expect(() => evaluateRows(rows, outputs)).toThrow(
    expect.objectContaining({ code: 'NOT_A_NUMBER', details: { rows: [1], count: 1 } }),
  )
  expect(() => readPredictions(flights, { ...columns, score: 'origin' })).toThrow(
    expect.objectContaining({ code: 'TYPE_MISMATCH' }),
  )
})

test('two tables are joined by id, whatever their order', () => {
  const read = (from: PredictionsTable) => readPredictions(from, { ...columns, id: 'id' })
  const shuffled = table({
    ...flights.columns,
    id: texts(['d', 'c', 'b', 'a']),
    score: numbers([0.4, 0.3, 0.2, 0.1]),
  })
  expect([...pairPredictions(read(flights), read(shuffled)).scores]).toEqual([0.1, 0.2, 0.3, 0.4])
  const other = table({ ...flights.columns, id: texts(['a', 'b', 'c', 'x']) })
  expect(() => pairPredictions(read(flights), read(other))).toThrow(
    expect.objectContaining({
      code: 'MISSING_PAIRS',
      details: { onlyFirst: 1, onlySecond: 1, ids: ['d', 'x'] },
    }),
  )
  expect(() => pairPredictions(readPredictions(flights, columns), read(flights))).toThrow(
    expect.objectContaining({ code: 'MISSING_PAIRS', hint: expect.stringContaining('--id') }),
  )
})

test('classes come from the class given or from the probability of each', () => {
  const animals = table({
    label: texts(['cat', 'dog', 'owl', null]),
    given: texts(['cat', 'cat', 'owl', 'dog']),
    p_cat: numbers([0.7, 0.5, 0.1, 0.3]),
    p_dog: numbers([0.2, 0.4, 0.1, 0.4]),
    p_owl: numbers([0.1, 0.1, 0.8, 0.3]),
  })
  const given = readPredictions(animals, { task: 'multiclass', label: 'label', score: 'given', keep: [] })
  expect(given.rows.classes).toEqual(['cat', 'dog', 'owl'])
  expect(evaluateRows(given.rows, given.outputs).all.metrics.accuracy).toBeCloseTo(2 / 3, 12)
  const classScores = { cat: 'p_cat', dog: 'p_dog', owl: 'p_owl' }
  const scored = readPredictions(animals, { task: 'multiclass', label: 'label', classScores, keep: [] })
  const { metrics } = evaluateRows(scored.rows, scored.outputs).all
  expect(metrics.log_loss).toBeCloseTo(-Math.log(0.7 * 0.4 * 0.8) / 3, 12)
  const { owl: _, ...two } = classScores
  expect(() =>
    readPredictions(animals, { task: 'multiclass', label: 'label', classScores: two, keep: [] }),
  ).toThrow(expect.objectContaining({ code: 'TYPE_MISMATCH', message: expect.stringContaining('"owl"') }))
})
