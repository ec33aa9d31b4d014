import { expect, it } from 'vitest'
import type { Value } from '../../../src/kernel/values/index.ts'
import type { Harness } from './harness.ts'
import { closureOf, hour, rowsOf, sampleSource, sampleView, served, windowView } from './sample.ts'

/** What a materialized view knows at a time. */
export function timeCases(harness: Harness): void {
  const { run, read } = harness

  it('shows rows that are ahead when their time has come, without another run', async () => {
    const rows = rowsOf([
      { id: 1n, part: 'x', event: 0n, known: 0n, i: 1n },
      { id: 1n, part: 'x', event: hour, known: 3n * hour, i: 2n },
      { id: 1n, part: 'x', event: 4n * hour, known: 2n * hour, i: 3n },
    ])
    const lookups = await run(rows, { now: hour })
    expect(lookups).toMatchObject({ read: 3, applied: 1, deferred: 2, superseded: 0 })
    const windows = await run(rows, { now: hour, deferUntil: 40n * 24n * hour }, closureOf(windowView))
    expect(windows).toMatchObject({ read: 3, applied: 1, deferred: 2 })
    const at = async (asOf: bigint) =>
      (await read([[1n, 'x']], asOf, served(sampleView(), windowView))).values[0]
    const seen = [1n, 3n, 4n, 5n, 27n, 28n, 39n].map(h => h * hour)
    const answers = await Promise.all(seen.map(at))
    expect(answers.map(row => row?.[0])).toEqual([1n, 2n, 3n, 3n, 3n, 3n, 3n])
    expect(answers.map(row => row?.at(-2))).toEqual([1n, 3n, 3n, 6n, 3n, 3n, null])
    expect(answers.map(row => row?.at(-3))).toEqual([1n, 0n, 0n, 1n, 0n, 0n, 0n])
  })

  it('counts of each event the version known by then, wherever it has moved', async () => {
    const closure = { ...closureOf(windowView), sources: [{ ...sampleSource, eventId: 's' }] }
    const version = (
      s: string | null,
      id: bigint,
      known: bigint,
      i: bigint,
      more: Record<string, Value> = {},
    ) => ({ id, part: 'x', event: 0n, known, i, s, ...more })
    const rows = rowsOf([
      version('moves', 1n, 0n, 1n),
      version('moves', 2n, 3n * hour, 10n),
      version('twice', 1n, 0n, 100n),
      version('twice', 1n, 0n, 100n),
      version(null, 1n, 0n, 1000n),
      version(null, 1n, 0n, 1000n),
      version('corrected', 1n, 0n, 7n),
      version('corrected', 1n, hour / 2n, 20_000n, { event: hour / 4n }),
      version('retracted', 2n, 0n, 5n),
      version('retracted', 2n, 4n * hour, 5n, { gone: true }),
    ])
    await run(rows, { now: hour, deferUntil: 9n * hour }, closure)
    const totals = async (asOf: bigint) =>
      (
        await read(
          [
            [1n, 'x'],
            [2n, 'x'],
          ],
          asOf,
          { ...served(windowView), sources: closure.sources },
        )
      ).values.map(row => row[1])
    expect(await totals(hour)).toEqual([22_101n, 5n])
    expect(await totals(3n * hour - 1n)).toEqual([22_101n, 5n])
    expect(await totals(3n * hour)).toEqual([22_100n, 15n])
    expect(await totals(4n * hour)).toEqual([22_100n, 10n])
  })
}
