import { writeSync } from 'node:fs'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import type { LoggedBatch, Tracking } from '../../src/experiments/index.ts'
import { localPrincipal } from '../../src/governance/index.ts'
import { trackingOver } from '../support/tracking.ts'

const [kind = '', place = ''] = process.argv.slice(2)

/** 200 and 300 points of a key are packed at once; one each of 21 keys are a block. */
function batchOf(number: number): LoggedBatch {
  const points = (key: string, count: number) =>
    Array.from({ length: count }, (_, i) => {
      const step = number * count + i
      return { key, step, at: BigInt(step), value: Math.sin(step) }
    })
  return {
    params: [{ key: `p${number}`, value: String(number) }],
    tags: [{ key: 'last', value: String(number) }],
    metrics: [
      ...points('tail', 200),
      ...points('packed', 300),
      { key: 'nan', step: number, at: 0n, value: Number.NaN },
      ...Array.from({ length: 20 }, (_, i) => points(`wide-${i}`, 1)).flat(),
    ],
  }
}

const batchesPerRun = 9

/** Prints `run number` once a batch is acknowledged, and -1 once the run is. */
async function logRuns(tracking: Tracking, experiment: string): Promise<void> {
  for (;;) {
    const run = await tracking.runs.create({ experiment }, localPrincipal)
    writeSync(1, `${run.id} -1\n`)
    for (let number = 0; number < batchesPerRun; number++) {
      await tracking.runs.log(run.id, batchOf(number), localPrincipal)
      writeSync(1, `${run.id} ${number}\n`)
      if (number % 3 === 0) await tracking.runs.log(run.id, batchOf(number), localPrincipal)
      if (number % 4 === 0) await tracking.runs.document(run.id)
    }
  }
}

const db = await openMetadata(kind === 'sqlite' ? { kind, path: place } : { kind: 'postgres', url: place })
await db.migrate()
const tracking = trackingOver(db)
const { id } = await tracking.experiments.ensure('kill', localPrincipal)
await Promise.all([1, 2, 3].map(() => logRuns(tracking, id)))
