import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openFolderSource, openRestSource } from '../../src/adapters/mlflow-import/index.ts'
import { fettle } from '../e2e/dev-server.ts'
import { dumpStore } from '../mlflow/dump-store.ts'
import { type FettleServer, startFettle } from '../mlflow/fettle-server.ts'
import { createMlruns, type Mlruns, runId } from '../support/mlruns.ts'
import { root } from '../support/root.ts'

const runs = 120
let store: Mlruns
let here: FettleServer

beforeAll(async () => {
  store = createMlruns(mkdtempSync(join(tmpdir(), 'fettle-mlruns-')))
  store.experiment('1', { name: 'rides' })
  for (let number = 1; number <= runs; number++)
    store.run('1', runId(number), { points: 40, stage: number % 10 === 0 ? 'deleted' : 'active' })
  store.write('models/late/meta.yaml', 'creation_timestamp: 1\nlast_updated_timestamp: 9\nname: late\n')
  for (const version of [1, 3])
    store.write(
      `models/late/version-${version}/meta.yaml`,
      `creation_timestamp: ${version}\ncurrent_stage: None\ndescription: ''\nname: late\nrun_id: ${runId(version)}\nsource: runs:/${runId(version)}/notes\nstatus: READY\nversion: ${version}\n`,
    )
  here = await startFettle()
}, 60_000)
afterAll(async () => {
  await here?.remove()
  rmSync(store.root, { recursive: true, force: true })
})

/** Bytes of what was noted as copied. */
function noted(): number {
  const folder = join(here.folder, '.fettle', 'imports')
  try {
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  } catch {
    return 0
  }
}

/** Kills an import when it has noted so much more; false when it was done before. */
async function killImport(afterBytes: number): Promise<boolean> {
  const enough = noted() + afterBytes
  const words = [
    join(root, 'bin', 'fettle'),
    'import',
    'mlflow',
    store.root,
    '--yes',
    '--folder',
    here.folder,
  ]
  const child = spawn(process.execPath, words, { stdio: 'ignore' })
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  let over = false
  void ended.then(() => {
    over = true
  })
  while (!over && noted() < enough) await sleep(2)
  child.kill('SIGKILL')
  const [, signal] = await ended
  return signal === 'SIGKILL'
}

it('an import that is killed again and again brings everything once', async () => {
  const killed: boolean[] = []
  // With nothing noted, then among files, then as runs are noted.
  for (const bytes of [0, 500, 3_000, 6_000]) killed.push(await killImport(bytes))
  expect(killed.filter(Boolean).length).toBeGreaterThanOrEqual(3)
  await fettle(here.folder, 'import', 'mlflow', store.root, '--yes')

  const there = await dumpStore(await openFolderSource(store.root))
  const found = await dumpStore(await openRestSource({ url: here.url }))
  expect(Object.keys(found.runs)).toHaveLength(runs)
  const { Default: _, ...experiments } = found.experiments
  expect({ ...found, experiments }).toEqual(there)
  const verified = await fettle(here.folder, 'import', 'mlflow', store.root, '--yes', '--verify', '--json')
  expect(JSON.parse(verified.split('\n')[0] ?? '')).toMatchObject({
    report: { runs: 0, files: 0, refused: [], unchanged: runs + 1 },
    verified: { models: 1, differences: [] },
  })
}, 120_000)

it('says what differs, and exits with 3', async () => {
  writeFileSync(join(store.root, '1', runId(5), 'params', 'depth'), '5')
  const refused = fettle(here.folder, 'import', 'mlflow', store.root, '--yes', '--verify')
  await expect(refused).rejects.toMatchObject({
    code: 3,
    stdout: expect.stringContaining(`run ${runId(5)}, params`),
  })
}, 60_000)
