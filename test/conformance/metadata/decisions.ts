import { describe, expect, it } from 'vitest'
import type { ShippedFile, ShippedSegment } from '../../../src/serving/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const node = 'ab'.repeat(16)

/** Which segments of prediction logs have become files. */
export function decisionsSuite({ db, again }: MetadataUnderTest): void {
  const segment = (number: number, front = 0): ShippedSegment => ({
    ...{ node, front, segment: number, rows: 10, bytes: 2 ** 40, damagedBytes: 0 },
    ...{ shippedAt: 1_700_000_000_000_000n, removedAt: null },
  })
  const file = (path: string, first: number, deployment = 'late'): ShippedFile => ({
    ...{ path, deployment, date: '2024-02-29', node, front: 0, first, last: first },
    ...{ rows: 10, bytes: 4096, from: 1_700_000_000_000_001, to: 1_700_000_000_900_001 },
    layout: { fields: [{ name: "o'brien ü", role: 'key', kind: 'string' }], vector: ['a'], lookups: [] },
  })
  const commit = (...[one, files]: [ShippedSegment, readonly ShippedFile[]]) =>
    db().transaction(({ decisionManifest }) => decisionManifest.commit(one, files))

  describe('decision manifest', () => {
    it('a segment is committed once, with all its files or none', async () => {
      expect(await commit(segment(1), [file('b', 1, 'else'), file('a', 1)])).toBe(true)
      expect(await commit(segment(1), [file('c', 1)])).toBe(false)
      expect(await commit(segment(1, 1), [])).toBe(true)
      await expect(commit(segment(2), [file('d', 2), file('a', 2)])).rejects.toThrow()
      const manifest = db().read.decisionManifest
      expect(await manifest.segments()).toEqual([segment(1), segment(1, 1)])
      expect(await manifest.files()).toEqual([file('a', 1), file('b', 1, 'else')])
    })

    it('of two that commit the same segment at once, one does', async () => {
      const other = await again()
      const both = await Promise.all(
        [db(), other].map((each, i) =>
          each.transaction(({ decisionManifest }) =>
            decisionManifest.commit(segment(7), [file(`7-${i}`, 7)]),
          ),
        ),
      )
      await other.close()
      expect([...both].sort()).toEqual([false, true])
      const files = await db().read.decisionManifest.files()
      expect(files.filter(({ first }) => first === 7).length).toBe(1)
    })

    it('files are replaced when all of them are there, and removed segments say when', async () => {
      await commit(segment(20), [file('20', 20)])
      await commit(segment(21), [file('21', 21)])
      const merged = { ...file('20_21', 20), last: 21, rows: 20 }
      const replace = (paths: readonly string[]) =>
        db().transaction(({ decisionManifest }) => decisionManifest.replace(paths, merged))
      expect(await replace(['20', 'never'])).toBe(false)
      expect(await replace(['20', '21'])).toBe(true)
      expect(await replace(['20', '21'])).toBe(false)
      const files = await db().read.decisionManifest.files()
      expect(files.filter(({ first }) => first >= 20)).toEqual([merged])
      await db().transaction(({ decisionManifest }) =>
        decisionManifest.markRemoved({ node, front: 0, segment: 20 }, 5n),
      )
      const segments = await db().read.decisionManifest.segments()
      expect(segments.filter(each => each.segment >= 20).map(each => each.removedAt)).toEqual([5n, null])
    })
  })
}
