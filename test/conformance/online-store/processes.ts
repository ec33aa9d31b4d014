import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { bytes, type Harness, text } from './harness.ts'
import { hour, sampleRows } from './sample.ts'

/** What a store promises to several processes at one place. */
export function processCases(harness: Harness): void {
  const { run, read, start } = harness

  it('loses no update of concurrent writers to one key', async () => {
    const others = await Promise.all([start('count', { times: 50 }), start('count', { times: 50 })])
    await Promise.all(others.map(child => once(child, 'exit')))
    expect(text((await harness.store.readMany([bytes('\u0009counter')]))[0])).toBe('100')
  })

  it('shows another process every acknowledged write at once, however large the store grows', async () => {
    const child = await start('follow')
    const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
    for (let i = 1; i <= 40; i++) {
      await harness.store.update([
        { key: bytes('\u0009counter'), next: () => bytes(String(i)) },
        { key: bytes(`filler${i}`), next: () => Buffer.alloc(400_000, i) },
      ])
      child.stdin?.write('?')
      expect((await lines.next()).value).toBe(String(i))
    }
    child.stdin?.end()
    await once(child, 'exit')
  })

  it('goes on behind the last chunk of a killed run, and refuses a second run beside a live one', async () => {
    const keys = 6000
    const child = await start('materialize', { keys, now: Number(2n * hour) })
    const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('started')
    while (Number((await lines.next()).value) < 4000);
    await expect(
      run(sampleRows(keys), { now: 2n * hour, sourceVersions: { sample: 'files:1' } }),
    ).rejects.toMatchObject({ code: 'ALREADY_RUNNING' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await read([[0n, 'p0']], 2n * hour)).errors).toEqual(['view latest@v1 has not been materialized'])
    const report = await run(sampleRows(keys), { now: 2n * hour, sourceVersions: { sample: 'files:1' } })
    expect(report).toMatchObject({
      resumed: true,
      mode: 'full',
      read: keys * 2,
      applied: keys,
      superseded: keys,
      keys,
    })
    const all = Array.from({ length: keys }, (_, key): [bigint, string] => [BigInt(key), `p${key % 3}`])
    expect((await read(all, 2n * hour)).values.map(row => row[0])).toEqual(all.map(([key]) => key * 10n + 1n))
  })
}
