import { expect, it } from 'vitest'
import { materialize } from '../../../src/features/online/materialize.ts'
import { memoryScan } from '../../../src/features/online/memory-scan.ts'
import { prepareFeatures } from '../../../src/features/online/read.ts'
import type { Value } from '../../../src/kernel/values/index.ts'
import type { Harness } from './harness.ts'
import { closureOf, hour, rowsOf, sampleClosure, sampleRows, sampleView, served } from './sample.ts'

/** Runs of a materialization, one after the other and beside readers. */
export function runCases(harness: Harness): void {
  const { run, read } = harness

  it('leaves no half of a generation to a reader: the old one serves until the new one is complete', async () => {
    await run(sampleRows(9000), { now: 2n * hour })
    const reader = prepareFeatures(harness.store, served(sampleView()))
    const every = Array.from({ length: 9000 }, (_, key) => ({ id: BigInt(key), part: `p${key % 3}` }))
    const seen = async () => new Set((await reader.read(every, 2n * hour)).values.map(row => row[0] === -1n))
    const during: Promise<Set<boolean>>[] = []
    const replaced = rowsOf(every.map(key => ({ ...key, event: 0n, known: 0n, i: -1n })))
    await run(replaced, { now: 2n * hour, onProgress: () => during.push(seen()) })
    expect(await Promise.all(during)).toEqual([...during].map(() => new Set([false])))
    expect(during.length).toBeGreaterThan(1)
    expect(await seen()).toEqual(new Set([true]))
  })

  it('serves the former generation while a run fails, and after it', async () => {
    await run(sampleRows(4500), { now: 2n * hour })
    const stop = new AbortController()
    const answers: Value[] = []
    const reader = prepareFeatures(harness.store, served(sampleView()))
    const failing = materialize(
      memoryScan(
        rowsOf(
          sampleRows(4500).rows.map(row => ({
            id: row[0] ?? null,
            part: row[1] ?? null,
            event: 0n,
            known: 0n,
            i: -7n,
          })),
        ),
      ),
      harness.store,
      sampleClosure,
      {
        now: 2n * hour,
        projectFolder: '.',
        signal: stop.signal,
        onProgress: () => {
          const answer = reader.read([{ id: 0n, part: 'p0' }], 2n * hour)
          if (!(answer instanceof Promise)) answers.push(answer.values[0]?.[0] ?? null)
          stop.abort(new Error('cancelled'))
        },
      },
    )
    await expect(failing).rejects.toThrow('cancelled')
    answers.push((await reader.read([{ id: 0n, part: 'p0' }], 2n * hour)).values[0]?.[0] ?? null)
    expect(new Set(answers)).toEqual(new Set([1n]))
  })

  it('changes nothing when it is run again, and reads only what became known since', async () => {
    const first = await run(sampleRows(700), { now: 2n * hour, sourceVersions: { sample: 'files:1' } })
    expect(first).toMatchObject({
      mode: 'full',
      generation: 1,
      watermarkBefore: null,
      keys: 700,
      freshness: Number(hour),
    })
    const again = await run(sampleRows(700), { now: 2n * hour, sourceVersions: { sample: 'files:1' } })
    expect(again).toMatchObject({ mode: 'unchanged', read: 0, generation: 1 })
    const later = await run(sampleRows(700), { now: 5n * hour, sourceVersions: { sample: 'files:1' } })
    expect(later).toMatchObject({
      mode: 'incremental',
      generation: 1,
      read: 0,
      watermarkAfter: '1970-01-01T05:00:00.000000Z',
    })
    const other = await run(sampleRows(700), { now: 5n * hour, sourceVersions: { sample: 'files:2' } })
    expect(other).toMatchObject({ mode: 'full', generation: 2, read: 1400 })
    expect((await read([[3n, 'p0']], 5n * hour)).values[0]?.[0]).toBe(31n)
  })

  it('keeps versions of a view apart, and says so when the definition is another', async () => {
    await run(sampleRows(3), { now: 2n * hour })
    const next = sampleView({ version: 2, semanticHash: 'sha256:two' })
    expect((await read([[1n, 'p1']], 2n * hour, served(next))).statuses[0]?.[0]).toBe('ERROR')
    await run(
      rowsOf([{ id: 1n, part: 'p1', event: 0n, known: 0n, i: 99n }]),
      { now: 2n * hour },
      closureOf(next),
    )
    expect((await read([[1n, 'p1']], 2n * hour, served(next))).values[0]?.[0]).toBe(99n)
    expect((await read([[1n, 'p1']], 2n * hour)).values[0]?.[0]).toBe(11n)
    const altered = await read([[1n, 'p1']], 2n * hour, served(sampleView({ semanticHash: 'sha256:other' })))
    expect([altered.statuses[0]?.[0], altered.errors]).toEqual([
      'ERROR',
      ['view latest@v1 was materialized with another definition'],
    ])
  })
}
