import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { SourceData } from '../../../../definitions/model.ts'
import { id, sourceRelation } from '../../../../features/index.ts'
import { encodeNative, type Field } from '../../../../kernel/values/index.ts'
import { createDuckDBEngine } from '../index.ts'

export const engine = createDuckDBEngine({ threads: 2 })

/** A folder for one test file; call `remove` at its end. */
export function testFolder() {
  const path = mkdtempSync(join(tmpdir(), 'fettle-engine-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Runs statements outside of Fettle: to make the files that tests read. */
export async function duckdb(...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  for (const statement of statements) await connection.run(statement)
  connection.closeSync()
  instance.closeSync()
}

export function sourceOf(from: SourceData['from'], columns: Record<string, Field['type']>): SourceData {
  return {
    kind: 'source',
    name: 'given',
    from,
    columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
    eventTime: null,
    knownAt: { kind: 'event' },
  }
}

/** Rows of the last source as native JSON text, in the order the engine holds them. */
export async function load(folder: string, ...sources: readonly SourceData[]): Promise<unknown[][]> {
  const source = sources.at(-1)
  if (!source) throw new TypeError('no source')
  const session = await engine.open({ projectFolder: folder })
  try {
    for (const each of sources) await session.addSource(each, each === source ? 'stored' : 'no')
    const names = source.columns.map(column => id(column.name)).join(', ')
    const rows = await session.rows(`SELECT ${names} FROM ${id(sourceRelation(source.name))}`, source.columns)
    return rows.map(row =>
      row.map((value, index) => {
        const json: unknown = JSON.parse(encodeNative(source.columns[index]?.type ?? 'string', value))
        return json
      }),
    )
  } finally {
    await session.close()
  }
}
