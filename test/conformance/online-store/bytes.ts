import { expect, it } from 'vitest'
import type { Bytes } from '../../../src/features/online/ports.ts'
import { bytes, type Harness, text } from './harness.ts'

/** What a store promises of single entries. */
export function byteCases(harness: Harness): void {
  const { get, put } = harness

  it('reads its own writes, in the order asked, with undefined for what is not there', async () => {
    await put({ a: '1', b: '' })
    expect(await get('b', 'x', 'a')).toEqual(['', undefined, '1'])
    await put({ a: '2', b: null })
    expect(await get('a', 'b')).toEqual(['2', undefined])
  })

  it('gives bytes that stay as they are', async () => {
    await put({ a: 'first', b: 'second' })
    const [kept] = await harness.store.readMany([bytes('a')])
    await harness.store.readMany([bytes('b')])
    await put({ a: 'third' })
    expect(text(kept)).toBe('first')
  })

  it('does all of an update or nothing', async () => {
    await put({ a: '1' })
    const fails = harness.store.update([
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
    await harness.store.update([append('x'), append('y'), { key: bytes('b'), next: () => undefined }])
    expect(await get('a', 'b')).toEqual(['xy', undefined])
  })

  it('lists and removes by prefix, in byte order, page by page', async () => {
    await put({ 'p\u0001': '1', 'p\u0001a': '2', 'p\u0001b': '3', 'p\u0002': '4', p: '5' })
    const first = await harness.store.list(bytes('p\u0001'), { limit: 2 })
    expect(first.map(text)).toEqual(['p\u0001', 'p\u0001a'])
    expect(
      (await harness.store.list(bytes('p\u0001'), { limit: 9, after: first[1] ?? bytes('') })).map(text),
    ).toEqual(['p\u0001b'])
    expect(await harness.store.removeAll(bytes('p\u0001'))).toBe(3)
    expect(await get('p', 'p\u0001', 'p\u0002')).toEqual(['5', undefined, '4'])
  })

  it('takes long keys and large values', async () => {
    const [key, value] = ['k'.repeat(1100), 'v'.repeat(3_000_000)]
    await put({ [key]: value })
    expect((await get(key))[0]?.length).toBe(3_000_000)
  })

  it('keeps what it acknowledged over a restart', async () => {
    await put({ a: '1' })
    await harness.reopen()
    expect(await get('a')).toEqual(['1'])
  })

  it('gives a lock to one, and back again', async () => {
    const lock = await harness.store.lock('x')
    expect(await harness.store.lock('x')).toHaveProperty('heldBy')
    expect(await harness.store.lock('y')).toHaveProperty('release')
    if ('release' in lock) await lock.release()
    expect(await harness.store.lock('x')).toHaveProperty('release')
  })
}
