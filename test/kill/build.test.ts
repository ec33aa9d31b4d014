import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { duckdb } from '../../src/adapters/engines/duckdb/testing/fixture.ts'
import { buildProgram, type Program, readLines } from '../support/child-program.ts'

const root = mkdtempSync(join(tmpdir(), 'fettle-kill-build-'))
const spill = join(root, 'spill')
const little = '300MiB'
let program: Program
beforeAll(async () => {
  program = await buildProgram(fileURLToPath(new URL('build-program.ts', import.meta.url)))
  const event = (i: string) => `make_timestamp((1704067200000000 + hash(${i}) % 7776000000000)::BIGINT)`
  const key = (i: string, rows: number) => `(hash(${i}) % ${rows})::BIGINT AS k, ${event(`${i} * 13`)} AS e`
  const values = Array.from({ length: 8 }, (_, index) => `hash(i * 31 + ${index}) / 97.0 AS v${index}`)
  await duckdb(
    `COPY (SELECT ${key('i', 50_000)}, true AS y, ${values} FROM range(700000) t(i)) TO '${join(root, 'rows.parquet')}' (FORMAT parquet)`,
    `COPY (SELECT ${key('i + 7', 50_000)}, i % 3 = 0 AS y FROM range(800000) t(i)) TO '${join(root, 'spine.parquet')}' (FORMAT parquet)`,
  )
}, 60_000)
afterAll(() => {
  program.remove()
  rmSync(root, { recursive: true, force: true })
})

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}

/** Kills it once it has spilled; how many files were on disk then, 0 when it ended before. */
async function killOnceSpilled(child: ChildProcess): Promise<number> {
  const exit = new Promise(resolve => child.once('exit', resolve))
  while (child.exitCode === null && !filesBelow(spill).some(each => statSync(each).size > 0))
    await new Promise(resolve => setTimeout(resolve, 5))
  const files = child.exitCode === null ? filesBelow(spill).length : 0
  child.kill('SIGKILL')
  await exit
  return files
}

it('what a killed build spilled goes with the next one, which gives the same set; nothing half built is seen', async () => {
  expect(await killOnceSpilled(program.start(root, little))).toBeGreaterThan(0)
  expect(filesBelow(spill).length).toBeGreaterThan(0)
  expect(filesBelow(join(root, 'set'))).toEqual([])
  const checksums: string[] = []
  await readLines(program.start(root, little), line => checksums.push(line))
  expect(readdirSync(spill)).toEqual([])
  expect(readdirSync(root).filter(name => name.startsWith('set'))).toEqual(['set'])
  await readLines(program.start(root, '8GiB'), line => checksums.push(line))
  expect(checksums).toHaveLength(2)
  expect(checksums[0]).toBe(checksums[1])
}, 120_000)
