import { writeSync } from 'node:fs'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { createExperimentService } from '../../src/experiments/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'

const [kind = '', place = ''] = process.argv.slice(2)

/** Logs a batch to a new run, again and again, printing each run once its batch is acknowledged. */
async function main(): Promise<void> {
  const db = await openMetadata(kind === 'sqlite' ? { kind, path: place } : { kind: 'postgres', url: place })
  await db.migrate()
  const objects = { has: async () => true, putBytes: async () => ({ hash: '', bytes: 0 }) }
  const service = createExperimentService({ uow: db, clock: systemClock, objects })
  for (;;) {
    const run = await service.startRun({ experiment: 'kill', name: 'run' })
    const metrics = Array.from({ length: 20 }, (_, step) => ({ key: 'm', value: step, step, at: 0n }))
    await service.log(run.id, { params: { a: '1', b: '2' }, tags: { c: '3' }, metrics })
    writeSync(1, `${run.id}\n`)
  }
}

await main()
