// What the engine says of a value is what the front says of it in JSON.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeBatchRelease } from '../../../test/support/batch-ground.ts'
import { createDuckDBEngine } from '../../adapters/engines/duckdb/index.ts'
import type { OfflineSession } from '../../features/index.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import type { ValueType } from '../../kernel/values/index.ts'
import type { Release } from '../../registry/index.ts'
import { readBadNumber } from '../../serving/batch/checked-columns.ts'
import { fileRelation, vectorSql } from '../../serving/index.ts'
import { coerce } from '../../serving/json/coerce.ts'
import { readRows } from './read-rows.ts'
import type { WorkerJob } from './worker-job.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-checked-'))
let session: OfflineSession
let bare: Release
beforeAll(async () => {
  session = await createDuckDBEngine({ threads: 1 }).open({ projectFolder: folder })
  bare = writeBatchRelease(folder, true)
})
afterAll(async () => {
  await session.close()
  rmSync(folder, { recursive: true })
})

/** SQL of a value, and the same in JSON. */
const numbers: readonly (readonly [sql: string, json: unknown])[] = [
  ['0.1::DOUBLE', 0.1],
  ['-0.0::DOUBLE', -0],
  ['3.0::DOUBLE', 3],
  ["'NaN'::DOUBLE", Number.NaN],
  ["'Infinity'::DOUBLE", Infinity],
  ["'-Infinity'::DOUBLE", -Infinity],
  ['1e300::DOUBLE', 1e300],
  ['3.4028235677973366e38::DOUBLE', 3.4028235677973366e38],
  ['0.1::FLOAT', Math.fround(0.1)],
  ['7::INTEGER', 7],
  ['12.5::DECIMAL(6, 2)', 12.5],
  ['12::DECIMAL(6, 2)', 12],
  ['9223372036854775807::BIGINT', 9223372036854775807n],
  ["'12'", '12'],
  ["'12.5'", '12.5'],
  ["'99999999999999999999'", '99999999999999999999'],
  ['true', true],
  ['NULL::DOUBLE', null],
]

it.each(
  (['float64', 'float32', 'int64', 'bool', 'string'] as const).flatMap(type =>
    [true, false].flatMap(nullable => numbers.map(([sql, json]) => [type, nullable, sql, json] as const)),
  ),
)('%s, nullable %s: %s', async (type: ValueType, nullable, sql, json) => {
  const field = { name: 'x', type, role: 'request', nullable, description: null } as const
  const release = {
    ...bare,
    features: {
      ...bare.features,
      request: [field],
      vector: type === 'string' ? [] : [{ name: 'x', from: 'request' as const, ref: 'x' }],
    },
  }
  const path = join(folder, 'x.parquet')
  await session.writeParquet(`SELECT ${sql} AS x`, path)
  const described = await session.rows(`SELECT typeof(x) FROM read_parquet('${path}')`, [
    { name: 'type', type: 'string' },
  ])
  const types = new Map([['x', String(described[0]?.[0])]])
  const relation = fileRelation(release.features, { path, rows: 1, types, keep: [] })
  const pieces = readRows(session, {
    ...{ job: { relation, log: false } as unknown as WorkerJob, release, needs: [0] },
    ...{ partition: { partition: 0, from: 0, to: 1 }, vector: vectorSql(release.features, []) },
  })
  for await (const { bad, entity } of pieces) {
    const number = bad[0] ?? 0
    expect(number === 0 ? entity(0)['x'] : readBadNumber(number).code).toEqual(online(json, type, nullable))
  }
})

/** The value that a front makes of it, or its code. A 64-bit integer in JSON may be decimal text. */
function online(json: unknown, type: ValueType, nullable: boolean): unknown {
  const sent =
    typeof json === 'bigint'
      ? type === 'int64'
        ? String(json)
        : type === 'bool' || type === 'string'
          ? 1
          : Number(json)
      : json
  try {
    const value = coerce(sent, type, { column: 'x', row: 0, nullable })
    return Number.isNaN(value) ? null : value
  } catch (error) {
    return isFettleError(error) ? error.code : error
  }
}
