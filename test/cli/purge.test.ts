import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { fakeIo } from '../support/fake-io.ts'
import { startTrackingServer, type TrackingServer } from '../support/tracking-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-purge-'))
const anna = { name: 'anna' }
let server: TrackingServer
beforeAll(async () => {
  server = await startTrackingServer({ folder })
  mkdirSync(join(folder, '.fettle'))
  writeFileSync(join(folder, 'fettle.json'), '{ "project": "flights" }')
  const running = { pid: process.pid, url: server.url, token: 'token' }
  writeFileSync(join(folder, '.fettle', 'server.json'), JSON.stringify(running))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

async function fettle(...argv: string[]) {
  const io = fakeIo()
  const code = await main([...argv, '--folder', folder], io, '1.2.3')
  return { code, ...io.written }
}

async function* twelveBytes() {
  yield Buffer.from('twelve bytes')
}

/** Rows by table, as the database file has them. */
function rows(): ReadonlyMap<string, number> {
  const database = new DatabaseSync(join(folder, 'metadata.db'), { readOnly: true })
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all() as {
    readonly name: string
  }[]
  const count = (name: string) =>
    (database.prepare(`select count(*) as n from "${name}"`).get() as { readonly n: number }).n
  const counts = new Map(tables.map(({ name }) => [name, count(name)] as const))
  database.close()
  return counts
}

/** Keys keep their numbers, what was done stays known, and so do the last numbers given. */
const kept = ['audit_events', 'tracking_keys', 'tracking_secrets']

it('purge leaves no row of a deleted experiment', async () => {
  const { tracking } = server
  const before = rows()
  const { id } = await tracking.experiments.create({ name: 'old', tags: { crew: 'ops' } }, anna)
  const run = await tracking.runs.create({ experiment: id, startedAt: 1n }, anna)
  const logged = await tracking.loggedModels.create({ experiment: id, name: 'm', sourceRun: run.id }, anna)
  const metrics = Array.from({ length: 5_000 }, (_, step) => ({ key: 'loss', value: step, step, at: 5n }))
  for (let from = 0; from < 5_000; from += 500)
    await tracking.runs.log(
      run.id,
      { metrics: metrics.slice(from, from + 500), params: [{ key: 'depth', value: '4' }] },
      anna,
    )
  const dataset = { name: 'd', digest: 'x', sourceType: 'local', source: '{}', schema: null, profile: null }
  await tracking.runs.logInputs(
    run.id,
    { datasets: [{ ...dataset, tags: { a: 'b', 'mlflow.data.context': 'training' } }], models: [logged.id] },
    anna,
  )
  await tracking.runs.logOutputs(run.id, [{ modelId: logged.id, step: 1 }], anna)
  const scored = [{ key: 'auc', value: 1, step: 1, at: 5n, modelId: logged.id }]
  await tracking.runs.log(run.id, { metrics: scored }, anna)
  const file = { owner: { kind: 'run', id: run.id }, path: 'a.txt', bytes: twelveBytes() } as const
  await tracking.artifacts.put(file, anna)
  await tracking.runs.document(run.id)
  expect((await fettle('purge', 'old', '--dry-run')).err).toContain('is not deleted')
  await tracking.experiments.remove(id, anna)

  expect((await fettle('purge', 'old')).err).toContain('--dry-run')
  const foreseen = await fettle('purge', 'old', '--dry-run')
  expect(foreseen.out).toMatch(/^EXPERIMENT .*\nold +1 +1 +500\d +1 +1 +1 +12 B +name is freed\n$/)
  expect((await fettle('purge', '--older-than', '30d', '--yes')).out).toBe(
    'Nothing that is deleted can be removed.\n',
  )
  expect((await fettle('purge', 'old', '--older-than', 'x')).err).toContain('not a duration')
  expect((await tracking.runs.head(run.id)).lifecycle).toBe('deleted')
  expect((await fettle('purge', 'old', '--yes')).out).toContain('name is freed')

  await new Promise(resolve => setTimeout(resolve, 400))
  const after = rows()
  for (const [table, count] of before)
    if (!kept.includes(table)) expect([table, after.get(table)]).toEqual([table, count])
  expect((await fettle('purge', 'old')).err).toContain('old')
  expect(server.faults).toEqual([])
})
