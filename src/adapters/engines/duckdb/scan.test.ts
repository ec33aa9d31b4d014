import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { FeatureViewData, SourceData } from '../../../definitions/model.ts'
import type { ScanRequest, ViewClosure, ViewScan } from '../../../features/index.ts'
import { duckdb, engine, sourceOf, testFolder } from './testing/fixture.ts'

const folder = testFolder()
afterAll(folder.remove)

const hour = 3_600_000_000n
const timed = { eventTime: 't', knownAt: { kind: 'delay', delay: '1h' } } as const
const raw = {
  ...sourceOf({ kind: 'parquet', path: 'raw.parquet' }, { k: 'string', t: 'timestamp', v: 'int64' }),
  name: 'raw',
}

function selecting(name: string, text: string): SourceData {
  const from = { kind: 'sql', dialect: 'duckdb', parts: [text, { source: 'raw' }] } as const
  return { ...raw, ...timed, name, from }
}

function viewOf(name: string, source: string): ViewClosure['views'][number] {
  const features: FeatureViewData['features'] = [{ kind: 'lookup', name: 'v', column: 'v', type: 'int64' }]
  const rules = { at: 'at', knownTime: 'cutoff' } as const
  return {
    kind: 'featureView',
    name,
    entity: 'key',
    source,
    keys: ['k'],
    ...rules,
    features,
    version: 1,
    semanticHash: name,
  }
}

const closure: ViewClosure = {
  entities: [],
  sources: [
    raw,
    selecting('twice', 'SELECT k, t, 2 * v AS v FROM '),
    selecting('once', 'SELECT k, t, v FROM '),
  ],
  views: [viewOf('a', 'twice'), viewOf('b', 'twice'), viewOf('c', 'once')],
}

async function contents(scan: ViewScan): Promise<unknown[]> {
  const rows: unknown[] = []
  for await (const chunk of scan.chunks)
    for (let row = 0; row < (chunk[0]?.length ?? 0); row++) rows.push(chunk.map(column => column[row]))
  return [...rows, scan.skipped()]
}

describe('scans of several views', () => {
  it('give in one scope what each gives by itself, within the bounds, and count what they skip', async () => {
    await duckdb(
      `COPY (SELECT CASE WHEN i % 9 > 0 THEN 'k' || i % 4 END AS k, CASE WHEN i % 10 > 0 THEN make_timestamp(i * ${hour}) END AS t, i AS v FROM range(100) r(i)) TO '${join(folder.path, 'raw.parquet')}'`,
    )
    const asked = (view: string, bound: bigint): ScanRequest => ({
      closure,
      view,
      projectFolder: folder.path,
      knownAfter: view === 'b' ? 20n * hour : null,
      knownUpTo: 80n * hour,
      eventFrom: bound,
    })
    const scope = await engine.openScans(closure, { projectFolder: folder.path })
    for (const [view, from] of [
      ['a', 10n],
      ['b', 0n],
      ['c', 40n],
    ] as const) {
      const together = await contents(await scope.scanView(asked(view, from * hour)))
      expect(together).toEqual(await contents(await engine.scanView(asked(view, from * hour))))
      expect(together.at(-1)).toEqual({ null_key: 12, null_event_time: 8 })
    }
    await scope.close()
    const rows = await contents(await engine.scanView(asked('a', 10n * hour)))
    const inside = Array.from({ length: 100 }, (_, i) => i).filter(
      i => i % 9 > 0 && i % 10 > 0 && i >= 10 && i < 80,
    )
    expect(rows.slice(0, -1).map(row => (row as unknown[])[3])).toEqual(
      inside.toSorted((left, right) => (left % 4) - (right % 4) || left - right).map(i => BigInt(2 * i)),
    )
  })
})
