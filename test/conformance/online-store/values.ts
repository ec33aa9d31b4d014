import { expect, it } from 'vitest'
import { prepareFeatures } from '../../../src/features/online/read.ts'
import type { Value } from '../../../src/kernel/values/index.ts'
import type { Harness } from './harness.ts'
import { closureOf, hour, rowsOf, sampleView, served, windowView } from './sample.ts'

/** Values, keys and statuses of materialized views. */
export function valueCases(harness: Harness): void {
  const { run, read } = harness

  it('brings every value back bit for bit', async () => {
    const extremes: Record<string, Value>[] = [
      {
        i: 2n ** 63n - 1n,
        f: -0,
        g: -0,
        s: '',
        b: false,
        d: 10n ** 38n - 1n,
        y: new Uint8Array(),
        t: -62_135_596_800_000_000n,
        day: -719_162,
        l: [],
        m: new Map(),
      },
      {
        i: -(2n ** 63n),
        f: Number.NaN,
        g: Number.NaN,
        s: 'a\u0000\u{1f600}\uff5e',
        b: true,
        d: -(10n ** 38n) + 1n,
        y: Uint8Array.of(0, 255),
        t: 253_402_300_799_999_999n,
        day: 2_932_896,
        l: ['', null, 'x'],
        m: new Map([
          ['k', null],
          ['z', 1n],
        ]),
      },
      {
        i: 0n,
        f: 5e-324,
        g: Math.fround(0.1),
        s: ' ',
        b: null,
        d: -1n,
        y: null,
        t: 0n,
        day: 0,
        l: null,
        m: null,
      },
      {
        i: 9_007_199_254_740_993n,
        f: -Infinity,
        g: Infinity,
        s: null,
        b: null,
        d: null,
        y: null,
        t: null,
        day: null,
        l: null,
        m: null,
      },
    ]
    await run(
      rowsOf(extremes.map((row, id) => ({ id: BigInt(id), part: 'x', event: 0n, known: 0n, ...row }))),
      { now: 0n },
    )
    const answer = await read(
      extremes.map((_, id) => [BigInt(id), 'x'] as const),
      0n,
    )
    const names = prepareFeatures(harness.store, served(sampleView())).names.map(full =>
      full.replace('latest__', ''),
    )
    expect(answer.values).toStrictEqual(extremes.map(row => names.map(column => row[column] ?? null)))
    expect(answer.statuses[3]?.slice(0, 4)).toEqual(['PRESENT', 'PRESENT', 'PRESENT', 'NULL_VALUE'])
  })

  it('tells keys apart by value', async () => {
    const keys: [bigint, string][] = [
      [1n, '12'],
      [11n, '2'],
      [1n, ''],
      [1n, 'é'],
      [1n, 'e\u0301'],
      [-1n, '12'],
      [1n, ' 12'],
    ]
    await run(
      rowsOf(keys.map(([id, part], index) => ({ id, part, event: 0n, known: 0n, i: BigInt(index) }))),
      { now: 0n },
    )
    const answer = await read([...keys, [112n, ''], [null, '12'], [1n, null]], 0n)
    expect(answer.values.map(row => row[0])).toEqual([
      ...keys.map((_, index) => BigInt(index)),
      null,
      null,
      null,
    ])
    expect(answer.statuses.slice(-3).map(row => row[0])).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
  })

  it('refuses keys that cannot be', async () => {
    await run(rowsOf([]), { now: 0n })
    await expect(read([[1n, 'a\u0000']], 0n)).rejects.toMatchObject({ code: 'KEY_BAD_TEXT' })
    await expect(read([[1n, '\ud800']], 0n)).rejects.toMatchObject({ code: 'KEY_BAD_TEXT' })
    await expect(read([[1n, 'é'.repeat(508)]], 0n)).rejects.toMatchObject({ code: 'KEY_TOO_LONG' })
    await expect(read([['1', 'a']], 0n)).rejects.toMatchObject({ code: 'TYPE_MISMATCH' })
    expect((await read([[1n, 'é'.repeat(507)]], 0n)).statuses[0]?.[0]).toBe('NOT_FOUND')
  })

  it('answers with the status that holds first, ages closed', async () => {
    const view = sampleView({ maxAge: '2h' })
    await run(
      rowsOf([
        { id: 1n, part: 'x', event: hour, known: hour, i: 7n },
        { id: 2n, part: 'x', event: hour, known: hour, i: 7n },
        { id: 2n, part: 'x', event: hour + 1n, known: hour + 1n, gone: true },
      ]),
      { now: 2n * hour },
      closureOf(view),
    )
    const keys = [
      [1n, 'x'],
      [2n, 'x'],
      [3n, 'x'],
    ] as const
    const edge = await read(keys, 3n * hour, served(view))
    expect(edge.statuses.map(row => row.slice(0, 2))).toEqual([
      ['PRESENT', 'NULL_VALUE'],
      ['NOT_FOUND', 'NOT_FOUND'],
      ['NOT_FOUND', 'NOT_FOUND'],
    ])
    expect([edge.eventTimes[0]?.[0], edge.knownTimes[0]?.[0]]).toEqual([hour, hour])
    const over = await read(keys, 3n * hour + 1n, served(view))
    expect([over.statuses[0]?.slice(0, 2), over.values[0]?.[0]]).toEqual([
      ['OUTSIDE_MAX_AGE', 'OUTSIDE_MAX_AGE'],
      null,
    ])
  })

  it('bounds the age of a window view by its watermark, and counts 0 for a key without events', async () => {
    const view = { ...windowView, maxAge: '2h' }
    await run(
      rowsOf([{ id: 1n, part: 'x', event: 0n, known: 0n, i: 5n, f: 0.5, b: true }]),
      { now: hour, deferUntil: hour },
      closureOf(view),
    )
    const keys = [
      [1n, 'x'],
      [2n, 'x'],
      [null, 'x'],
    ] as const
    const answer = await read(keys, 3n * hour, served(view))
    expect(answer.values).toEqual([
      [0n, 5n, 0.5],
      [0n, null, null],
      [null, null, null],
    ])
    expect(answer.statuses).toEqual([
      ['PRESENT', 'PRESENT', 'PRESENT'],
      ['PRESENT', 'NULL_VALUE', 'NULL_VALUE'],
      ['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'],
    ])
    expect((await read(keys, 3n * hour + 1n, served(view))).statuses[1]).toEqual([
      'OUTSIDE_MAX_AGE',
      'OUTSIDE_MAX_AGE',
      'OUTSIDE_MAX_AGE',
    ])
  })
}
