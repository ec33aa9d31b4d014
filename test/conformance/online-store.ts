import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MaterializeOptions, materialize } from '../../src/features/online/materialize.ts'
import { memoryScan } from '../../src/features/online/memory-scan.ts'
import type { ViewMaterialization } from '../../src/features/online/model.ts'
import type { Bytes, OnlineStore } from '../../src/features/online/ports.ts'
import { prepareFeatures } from '../../src/features/online/read.ts'
import type { Rows, Value } from '../../src/kernel/values/index.ts'
import {
  closureOf,
  hour,
  rowsOf,
  sampleClosure,
  sampleRows,
  sampleSource,
  sampleView,
  served,
  windowView,
} from './online-store-sample.ts'

export interface OnlineStoreFactory {
  /** A fresh, empty place for one store; removed by the returned function. */
  place(): Promise<{ readonly place: string; remove(): Promise<void> }>
  open(place: string): Promise<OnlineStore>
  /** TypeScript that defines `store` from `process.argv[2]`, for other processes. Imports use absolute paths. */
  readonly childSource: string
}

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')
const text = (value: Bytes | undefined): string | undefined => value && Buffer.from(value).toString('utf8')

/** The one suite every online store has to pass. */
export function onlineStoreConformance(name: string, factory: OnlineStoreFactory): void {
  describe(`online store ${name}`, () => {
    let place = ''
    let remove = async (): Promise<void> => {}
    let store: OnlineStore
    const children: ChildProcess[] = []
    beforeEach(async () => {
      ;({ place, remove } = await factory.place())
      store = await factory.open(place)
    })
    afterEach(async () => {
      for (const child of children.splice(0)) child.kill('SIGKILL')
      await store.close()
      await remove()
    })

    const get = async (...keys: string[]) => (await store.readMany(keys.map(bytes))).map(text)
    const put = (entries: Record<string, string | null>) =>
      store.update(
        Object.entries(entries).map(([key, value]) => ({
          key: bytes(key),
          next: () => (value === null ? null : bytes(value)),
        })),
      )
    const start = async (work: string, argument: object = {}): Promise<ChildProcess> => {
      const child = spawn(
        process.execPath,
        [await childScript(name, factory.childSource), place, work, JSON.stringify(argument)],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      )
      children.push(child)
      return child
    }
    const run = (
      rows: Rows,
      options: Partial<MaterializeOptions> & { now: bigint },
      closure = sampleClosure,
    ): Promise<ViewMaterialization | undefined> =>
      materialize(memoryScan(rows), store, closure, {
        projectFolder: '.',
        onProgress: () => {},
        signal: new AbortController().signal,
        ...options,
      }).then(report => report.views[0])
    const read = async (
      keys: readonly (readonly [Value, Value])[],
      asOf: bigint,
      features = served(sampleView()),
    ) =>
      prepareFeatures(store, features).read(
        keys.map(([id, part]) => ({ id, part })),
        asOf,
      )

    describe('bytes', () => {
      it('reads its own writes, in the order asked, with undefined for what is not there', async () => {
        await put({ a: '1', b: '' })
        expect(await get('b', 'x', 'a')).toEqual(['', undefined, '1'])
        await put({ a: '2', b: null })
        expect(await get('a', 'b')).toEqual(['2', undefined])
      })

      it('gives bytes that stay as they are', async () => {
        await put({ a: 'first', b: 'second' })
        const [kept] = await store.readMany([bytes('a')])
        await store.readMany([bytes('b')])
        await put({ a: 'third' })
        expect(text(kept)).toBe('first')
      })

      it('does all of an update or nothing', async () => {
        await put({ a: '1' })
        const fails = store.update([
          { key: bytes('a'), next: () => bytes('2') },
          {
            key: bytes('b'),
            next: () => {
              throw new TypeError('refused')
            },
          },
        ])
        await expect(fails).rejects.toThrow('refused')
        expect(await get('a', 'b')).toEqual(['1', undefined])
      })

      it('shows a change what earlier changes of the same update did', async () => {
        const append = (what: string) => ({
          key: bytes('a'),
          next: (current: Bytes | undefined) => bytes(`${text(current) ?? ''}${what}`),
        })
        await store.update([append('x'), append('y'), { key: bytes('b'), next: () => undefined }])
        expect(await get('a', 'b')).toEqual(['xy', undefined])
      })

      it('lists and removes by prefix, in byte order, page by page', async () => {
        await put({ 'p\u0001': '1', 'p\u0001a': '2', 'p\u0001b': '3', 'p\u0002': '4', p: '5' })
        const first = await store.list(bytes('p\u0001'), { limit: 2 })
        expect(first.map(text)).toEqual(['p\u0001', 'p\u0001a'])
        expect(
          (await store.list(bytes('p\u0001'), { limit: 9, after: first[1] ?? bytes('') })).map(text),
        ).toEqual(['p\u0001b'])
        expect(await store.removeAll(bytes('p\u0001'))).toBe(3)
        expect(await get('p', 'p\u0001', 'p\u0002')).toEqual(['5', undefined, '4'])
      })

      it('takes long keys and large values', async () => {
        const [key, value] = ['k'.repeat(1100), 'v'.repeat(3_000_000)]
        await put({ [key]: value })
        expect((await get(key))[0]?.length).toBe(3_000_000)
      })

      it('keeps what it acknowledged over a restart', async () => {
        await put({ a: '1' })
        await store.close()
        store = await factory.open(place)
        expect(await get('a')).toEqual(['1'])
      })

      it('gives a lock to one, and back again', async () => {
        const lock = await store.lock('x')
        expect(await store.lock('x')).toHaveProperty('heldBy')
        expect(await store.lock('y')).toHaveProperty('release')
        if ('release' in lock) await lock.release()
        expect(await store.lock('x')).toHaveProperty('release')
      })
    })

    describe('several processes', () => {
      it('loses no update of concurrent writers to one key', async () => {
        const others = await Promise.all([start('count', { times: 50 }), start('count', { times: 50 })])
        await Promise.all(others.map(child => once(child, 'exit')))
        expect(text((await store.readMany([bytes('\u0009counter')]))[0])).toBe('100')
      })

      it('shows another process every acknowledged write at once, however large the store grows', async () => {
        const child = await start('follow')
        const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]()
        for (let i = 1; i <= 40; i++) {
          await store.update([
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
        expect((await read([[0n, 'p0']], 2n * hour)).errors).toEqual([
          'view latest@v1 has not been materialized',
        ])
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
        expect((await read(all, 2n * hour)).values.map(row => row[0])).toEqual(
          all.map(([key]) => key * 10n + 1n),
        )
      })
    })

    describe('materialized views', () => {
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
        const names = prepareFeatures(store, served(sampleView())).names.map(full =>
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

      it('leaves no half of a generation to a reader: the old one serves until the new one is complete', async () => {
        await run(sampleRows(2000), { now: 2n * hour })
        const reader = prepareFeatures(store, served(sampleView()))
        const every = Array.from({ length: 2000 }, (_, key) => ({ id: BigInt(key), part: `p${key % 3}` }))
        const seen = async () =>
          new Set((await reader.read(every, 2n * hour)).values.map(row => row[0] === -1n))
        const during: Promise<Set<boolean>>[] = []
        const replaced = rowsOf(every.map(key => ({ ...key, event: 0n, known: 0n, i: -1n })))
        await run(replaced, { now: 2n * hour, onProgress: () => during.push(seen()) })
        expect(await Promise.all(during)).toEqual([...during].map(() => new Set([false])))
        expect(during.length).toBeGreaterThan(2)
        expect(await seen()).toEqual(new Set([true]))
      })

      it('serves the former generation while a run fails, and after it', async () => {
        await run(sampleRows(1500), { now: 2n * hour })
        const stop = new AbortController()
        const answers: Value[] = []
        const reader = prepareFeatures(store, served(sampleView()))
        const failing = materialize(
          memoryScan(
            rowsOf(
              sampleRows(1500).rows.map(row => ({
                id: row[0] ?? null,
                part: row[1] ?? null,
                event: 0n,
                known: 0n,
                i: -7n,
              })),
            ),
          ),
          store,
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
        const altered = await read(
          [[1n, 'p1']],
          2n * hour,
          served(sampleView({ semanticHash: 'sha256:other' })),
        )
        expect([altered.statuses[0]?.[0], altered.errors]).toEqual([
          'ERROR',
          ['view latest@v1 was materialized with another definition'],
        ])
      })
    })
  })
}

/** Bundles the other process once per store; packages stay outside, so it stands below node_modules. */
async function childScript(name: string, childSource: string): Promise<string> {
  const folder = join(import.meta.dirname, '../../node_modules/.cache/fettle-conformance')
  mkdirSync(folder, { recursive: true })
  const outfile = join(folder, `${name}-${process.pid}.mjs`)
  const main = join(import.meta.dirname, 'online-store-child.ts')
  await build({
    stdin: {
      contents: `${childSource}\nimport { runChild } from ${JSON.stringify(main)}\nawait runChild(store, process.argv[3], JSON.parse(process.argv[4]))`,
      resolveDir: import.meta.dirname,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  })
  process.once('exit', () => rmSync(outfile, { force: true }))
  return outfile
}
