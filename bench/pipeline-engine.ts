// Latency of a three-step run that does nothing: the service alone, and with a real process per step.
import { spawnSync } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProcessExecutor } from '../src/adapters/executors/process/index.ts'
import { openMetadata } from '../src/adapters/metadata/index.ts'
import { openFilesystemObjects } from '../src/adapters/objects/filesystem/index.ts'
import { systemClock } from '../src/kernel/clock.ts'
import {
  createPipelineService,
  jsonArtifact,
  type PipelineService,
  type RunPlan,
  runWorker,
} from '../src/pipelines/index.ts'
import { roleCommand } from '../src/platform/build-facts.ts'
import { foldersOf } from '../src/platform/folders.ts'
import { secretEnvironment } from '../src/platform/role-secret.ts'
import { embeddedProviders } from '../src/projects/index.ts'
import { chainPlan } from '../test/fixtures/plans.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-'))
const principal = { name: 'bench' }
const outputs = { value: jsonArtifact('value', 1) }

async function main(): Promise<void> {
  const syncs = syncsPerSecond()
  const objects = await openFilesystemObjects(join(folder, 'objects'))
  const metadata = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
  await metadata.migrate()
  const service = createPipelineService({
    uow: metadata,
    clock: systemClock,
    objects,
    logFolder: join(folder, 'logs'),
  })
  const inline = await medianOf(100, () => runInline(service))
  const stop = new AbortController()
  const worker = runWorker({
    name: 'bench',
    control: service,
    executor: createProcessExecutor(),
    objects,
    workFolder: join(folder, 'work'),
    logFolder: join(folder, 'logs'),
    projectFolder: folder,
    slots: 1,
    hostCommand,
    hostEnvironment: secretEnvironment({
      token: 'none',
      project: 'bench',
      pepper: '',
      providers: embeddedProviders,
    }),
    environment: process.env,
    clock: systemClock,
    signal: stop.signal,
  })
  const children = await medianOf(20, () => runToEnd(service))
  const bare = await medianOf(10, async () => {
    spawnSync(process.execPath, ['--eval', '0'])
  })
  stop.abort()
  await worker
  await metadata.close()
  console.log(`fdatasync                         ${syncs.toFixed(0)} per second`)
  console.log(
    `3 inline steps, SQLite, durable   ${inline.toFixed(1)} ms a run (${(1000 / inline).toFixed(0)} runs/s; target ≥ ${Math.min(150, syncs / 8).toFixed(0)})`,
  )
  console.log(
    `3 steps, a process each           ${children.toFixed(0)} ms a run (${(children / 3).toFixed(0)} ms a step; target p50 ≤ 80; an empty Node.js program ${bare.toFixed(0)} ms)`,
  )
}

async function runInline(service: PipelineService): Promise<void> {
  await service.startRun(chainPlan(3), { principal })
  for (let step = 0; step < 3; step++) {
    const lease = await service.claim({ worker: 'bench', waitMs: 0, instance: 'bench' })
    if (lease === undefined) throw new Error('no step is ready')
    const ref = { run: lease.run, step: lease.step, attempt: lease.attempt, token: lease.token }
    await service.publish({ ...ref, outputs })
  }
}

async function runToEnd(service: PipelineService): Promise<void> {
  const { id } = await service.startRun(programs(), { principal })
  for (;;) {
    const rung = new Promise<void>(resolve => {
      const stop = service.subscribe(() => {
        stop()
        resolve()
      })
    })
    const { state } = await service.getRun(id)
    if (state === 'succeeded') return
    if (state === 'failed') throw new Error('the run failed')
    await rung
  }
}

/** Steps whose program writes one number: what is left is the platform's own. */
function programs(): RunPlan {
  const plan = chainPlan(3)
  const argv = ['/bin/sh', '-c', 'echo 1 > "$FETTLE_OUTPUT_FOLDER/value"']
  return { ...plan, steps: plan.steps.map(step => ({ ...step, body: { kind: 'command', argv } })) }
}

function hostCommand(specPath: string): readonly string[] {
  return roleCommand('step-host', { specPath, url: '', folders: foldersOf(folder) })
}

async function medianOf(times: number, work: () => Promise<void>): Promise<number> {
  const taken: number[] = []
  for (let turn = 0; turn < times; turn++) {
    const begun = performance.now()
    await work()
    taken.push(performance.now() - begun)
  }
  return taken.sort((left, right) => left - right)[Math.floor(times / 2)] ?? 0
}

function syncsPerSecond(): number {
  const path = join(folder, 'sync')
  writeFileSync(path, '')
  const file = openSync(path, 'r+')
  const begun = performance.now()
  for (let turn = 0; turn < 200; turn++) {
    writeSync(file, 'x'.repeat(4096))
    fdatasyncSync(file)
  }
  closeSync(file)
  return 200_000 / (performance.now() - begun)
}

try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
