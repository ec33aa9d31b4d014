import { join } from 'node:path'
import { sha256Hex } from '../../kernel/canonical.ts'
import { systemClock } from '../../kernel/clock.ts'
import {
  type BatchDecisions,
  batchBase,
  createLogWriter,
  type DecidedRow,
  type FeatureState,
  featurePlace,
  featureStates,
  type Partition,
  releaseNote,
  type Scorer,
  type ServableRelease,
} from '../../serving/index.ts'
import type { RowsPiece } from './read-rows.ts'
import type { WorkerJob } from './worker-job.ts'

export const recordsFolder = 'log'
/** Rows of one frame of the log. */
const frameRows = 1_024

interface Records {
  readonly job: WorkerJob
  readonly release: ServableRelease
  readonly scorer: Pick<Scorer, 'kind' | 'build'>
  readonly partition: Partition
  readonly folder: string
}

/**
 * The decision records of a partition, as sealed segments of the prediction log beside its outputs: they go into the log
 * when the job is complete, and to Parquet with all others. Ids follow from job, partition and row.
 */
export function openRecords({ job, release, scorer, partition, folder }: Records) {
  const log = createLogWriter({ folder: join(folder, recordsFolder), front: frontOf(job.job, partition) })
  const note = releaseNote(release, scorer)
  const createdAt = BigInt(job.createdAt)
  const millis = Number(createdAt / 1000n)
  let chunk = 0
  return {
    async write(rows: RowsPiece, decided: BatchDecisions): Promise<void> {
      const states = statesOf({ job, release }, rows)
      for (let from = 0; from < rows.count; from += frameRows, chunk++) {
        const to = Math.min(rows.count, from + frameRows)
        await log.append(
          {
            note,
            kind: job.kind,
            arm: 'pinned',
            assignment: job.assignment && { salt: job.assignment.salt, sticky: true, seq: 0 },
            ...{ shadowOf: null, parentId: null, jobId: job.job, caller: null },
            base: batchBase(job.job, { partition: partition.partition, chunk, millis }),
            requestId: `${job.job}/${partition.partition}/${chunk}`,
            receivedAt: createdAt,
            decidedAt: systemClock.nowMicros(),
            asOf: BigInt(job.asOf),
            ...{ servedBy: 'model', degradedReasons: [], retries: 0 },
            latency: { decode: 0, lookup: 0, queue: 0, score: 0, encode: 0 },
            rows: rowsOf({ release, rows, decided, states }, from, to),
          },
          'written',
        )
      }
    },
    close: () => log.close(),
  }
}

/** Fronts of batch jobs are numbered above those of processes; who writes a segment is part of its name. */
function frontOf(job: string, { partition }: Partition): number {
  return 2 ** 31 + Number.parseInt(sha256Hex(`${job}/${partition}`).slice(0, 7), 16)
}

interface DecidedPiece {
  readonly release: ServableRelease
  readonly rows: RowsPiece
  readonly decided: BatchDecisions
  readonly states: Uint8Array
}

function rowsOf(
  { release, rows, decided, states }: DecidedPiece,
  from: number,
  to: number,
): readonly DecidedRow[] {
  const width = release.features.vector.length
  const eventTimes = release.features.lookups.map(() => null)
  const found: DecidedRow[] = []
  for (let row = from; row < to; row++) {
    const score = decided.scores[row] as number
    if (Number.isNaN(score)) continue
    const bucket = decided.buckets?.[row] ?? -1
    found.push({
      row: row - from,
      bucket: bucket < 0 ? null : bucket,
      armReason: 'version',
      entity: rows.entity(row),
      vector: decided.vectors.subarray(row * width, (row + 1) * width),
      states: states.subarray(row * width, (row + 1) * width),
      eventTimes,
      score,
      segmentAt: decided.segments[row] as number,
      acted: decided.acted === null ? null : decided.acted[row] === 1,
    })
  }
  return found
}

const stateOfLetter: Readonly<Record<string, FeatureState>> = {
  P: 'fresh',
  N: 'fresh',
  F: 'missing',
  A: 'stale',
  E: 'error',
}

function statesOf({ job, release }: Pick<Records, 'job' | 'release'>, rows: RowsPiece): Uint8Array {
  const { vector } = release.features
  const states = new Uint8Array(rows.count * vector.length).fill(featureStates.indexOf('request'))
  vector.forEach((column, at) => {
    if (column.from === 'request') return
    const letters = rows.statuses[featurePlace(column, job.relation.features)] ?? []
    for (let row = 0; row < rows.count; row++)
      states[row * vector.length + at] = featureStates.indexOf(stateOfLetter[String(letters[row])] ?? 'error')
  })
  return states
}
