// A scoring process of a batch job: its options are the last argument.
import { batchRole } from '../../src/platform/batch/batch-role.ts'
import type { WorkerJob } from '../../src/platform/batch/worker-job.ts'

await batchRole(JSON.parse(process.argv.at(-1) ?? '{}') as WorkerJob)
