import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../adapters/engines/duckdb/index.ts'
import { duckdb } from '../../adapters/engines/duckdb/testing/fixture.ts'
import type { SourceData } from '../../definitions/index.ts'
import type { ActionContext } from '../../pipelines/index.ts'
import { foldersOf } from '../folders.ts'
import { readPushed } from './read-pushed.ts'

const project = mkdtempSync(join(tmpdir(), 'fettle-read-pushed-'))
afterAll(() => rmSync(project, { recursive: true, force: true }))

function sourceOf(name: string, copy: boolean): SourceData {
  return {
    kind: 'source',
    name,
    from: { kind: 'parquet', path: 'rows.parquet' },
    columns: [{ name: 'a', type: 'int64' }],
    eventTime: null,
    knownAt: { kind: 'assumed' },
    ...(copy ? { copy } : {}),
  }
}

it('a source with copy: true is read from a copy that stays as it was, and is named by its content', async () => {
  await duckdb(`COPY (SELECT 1::BIGINT AS a) TO '${join(project, 'rows.parquet')}' (FORMAT parquet)`)
  const engine = createDuckDBEngine({ threads: 1 })
  const context = {
    scratchFolder: join(project, 'scratch'),
    projectFolder: project,
    signal: new AbortController().signal,
  } as ActionContext
  const closure = { sources: [sourceOf('copied', true), sourceOf('original', false)] }
  const read = () => readPushed(engine, { closure }, { context, folders: foldersOf(project) })
  const first = await read()
  const paths = first.closure.sources.map(({ from }) => (from.kind === 'parquet' ? from.path : from.kind))
  expect(paths[1]).toBe('rows.parquet')
  expect(paths[0]).toContain(join(project, '.fettle', 'copies', 'copied'))
  expect(first.versions).toEqual({ copied: expect.stringMatching(/^files:[0-9a-f]{64}$/) })
  expect((await read()).versions).toEqual(first.versions)
  await duckdb(`COPY (SELECT 2::BIGINT AS a) TO '${join(project, 'rows.parquet')}' (FORMAT parquet)`)
  expect((await read()).versions).not.toEqual(first.versions)
  const session = await engine.open({ projectFolder: project })
  const [copied] = first.closure.sources
  if (copied === undefined) throw new Error('no source')
  await session.addSource(copied, 'stored')
  expect(await session.rows('SELECT a FROM src_copied', copied.columns)).toEqual([[1n]])
  await session.close()
  await engine.close()
})
