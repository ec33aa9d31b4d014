import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createDuckDBEngine } from '../../adapters/engines/duckdb/index.ts'
import type { OfflineSession } from '../../features/index.ts'
import {
  type BatchDecisions,
  decideRows,
  openTestedScorer,
  type Partition,
  type QuarantinedRow,
  type ScoredPartition,
  type Scorer,
  type ScorerFactory,
  type ServableRelease,
  segmentThresholds,
  vectorSql,
} from '../../serving/index.ts'
import { readRows } from './read-rows.ts'
import type { WorkerJob } from './worker-job.ts'
import { openRecords } from './write-records.ts'

export const outputFile = 'part.parquet'
export const quarantineFile = 'quarantine.parquet'
const scoreBins = 20

/** Scores partitions of one job, one after another. */
export interface PartitionScorer {
  score(partition: Partition): Promise<ScoredPartition>
  close(): Promise<void>
}

/** Opens the release's scorer, which must pass its self-test, and an engine of one thread that reads and writes the files. */
export async function openPartitionScorer(job: WorkerJob, scorers: ScorerFactory): Promise<PartitionScorer> {
  const release = JSON.parse(
    await readFile(join(job.releaseFolder, 'release.json'), 'utf8'),
  ) as ServableRelease
  const { scorer } = await openTestedScorer(release, job.releaseFolder, scorers)
  const engine = createDuckDBEngine({ threads: 1, memoryLimit: '1GiB' })
  const session = await engine.open({
    projectFolder: job.folder,
    reach: { files: job.relation.files, folders: [job.folder] },
  })
  const opened: Opened = {
    job,
    release,
    scorer,
    session,
    vector: vectorSql(release.features, job.relation.features),
    thresholds: segmentThresholds(release),
  }
  return {
    score: partition => scorePartition(opened, partition),
    async close() {
      await scorer.close()
      await session.close()
      await engine.close()
    },
  }
}

interface Opened {
  readonly job: WorkerJob
  readonly release: ServableRelease
  readonly scorer: Scorer
  readonly session: OfflineSession
  readonly vector: readonly string[]
  readonly thresholds: ReturnType<typeof segmentThresholds>
}

async function scorePartition(opened: Opened, partition: Partition): Promise<ScoredPartition> {
  const started = process.cpuUsage()
  const folder = join(opened.job.folder, String(partition.partition))
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const decided = await decideAll(opened, partition, folder)
  await writeOutputs(opened, { partition, decided, folder })
  await syncAll(folder)
  const { user, system } = process.cpuUsage(started)
  const { scores, acted, quarantined } = decided
  return {
    partition: partition.partition,
    rows: scores.length,
    outputs: scores.length - quarantined.length,
    quarantined: quarantined.length,
    acted: acted === null ? 0 : acted.reduce((sum, each) => sum + each, 0),
    sha256: await hashOf(join(folder, outputFile)),
    cpuMicros: user + system,
    scores: binned(scores),
  }
}

/** What became of the rows of a partition, by their place in it. */
type Decided = Pick<BatchDecisions, 'scores' | 'acted' | 'buckets' | 'quarantined'>

/** Reads and scores piece by piece: what is held is one piece, and a few numbers a row. */
async function decideAll(opened: Opened, partition: Partition, folder: string): Promise<Decided> {
  const { job, release, scorer, session, thresholds } = opened
  const count = partition.to - partition.from
  const quarantined: QuarantinedRow[] = []
  const all = {
    scores: new Float64Array(count),
    acted: thresholds ? new Uint8Array(count) : null,
    buckets: job.assignment ? new Int32Array(count) : null,
    quarantined,
  }
  const records = job.log ? openRecords({ job, release, scorer, partition, folder }) : undefined
  for await (const piece of readRows(session, { ...opened, partition, needs: fieldsNeeded(opened) })) {
    const decided = await decideRows(piece, {
      scorer,
      thresholds,
      bySegment: release.thresholdSet?.rule.per !== undefined,
      assignment: job.assignment,
      fields: release.features.request.map(({ name }) => name),
    })
    all.scores.set(decided.scores, piece.at)
    if (decided.acted) all.acted?.set(decided.acted, piece.at)
    if (decided.buckets) all.buckets?.set(decided.buckets, piece.at)
    quarantined.push(...decided.quarantined.map(each => ({ ...each, row: piece.at + each.row })))
    await records?.write(piece, decided)
  }
  await records?.close()
  return all
}

/** Request fields that rows are looked at one by one for. */
function fieldsNeeded({ job, release }: Opened): readonly number[] {
  const { request } = release.features
  const per = release.thresholdSet?.rule.per
  const units = job.assignment?.unit.map(({ name }) => name) ?? []
  return request.flatMap(({ name }, index) =>
    job.log || name === per || units.includes(name) ? [index] : [],
  )
}

async function writeOutputs(
  { job, release, session }: Opened,
  {
    partition,
    decided,
    folder,
  }: { readonly partition: Partition; readonly decided: Decided; readonly folder: string },
): Promise<void> {
  await session.run('DROP TABLE IF EXISTS scored')
  await session.addColumns(
    'scored',
    [
      { name: '__row', type: 'int64' },
      { name: 'score', type: 'float64' },
      ...(decided.acted === null ? [] : [{ name: 'acted', type: 'bool' as const }]),
      ...(decided.buckets === null ? [] : [{ name: 'bucket', type: 'int64' as const }]),
    ],
    scoredPieces(partition, decided),
  )
  await session.writeParquet(outputSql(job, release, { partition, decided }), join(folder, outputFile))
  if (decided.quarantined.length === 0) return
  await session.run('DROP TABLE IF EXISTS put_aside')
  await session.addRows('put_aside', {
    fields: [
      { name: 'row', type: 'int64' },
      { name: 'code', type: 'string' },
      { name: 'column', type: 'string' },
    ],
    rows: decided.quarantined.map(({ row, code, column }) => [BigInt(partition.from + row), code, column]),
  })
  await session.writeParquet('SELECT * FROM put_aside ORDER BY "row"', join(folder, quarantineFile))
}

/** Rows in their order with what is kept of them; rows put aside have a NaN for a score, which no sound row has. */
function outputSql(
  { keep, relation }: WorkerJob,
  { action }: ServableRelease,
  { partition, decided }: { readonly partition: Partition; readonly decided: Decided },
): string {
  const kept = keep.map((name, index) => `k.__k${index} AS "${name.replaceAll('"', '""')}"`)
  const acts = action && `CASE WHEN s.acted THEN '${action.name.replaceAll("'", "''")}' END AS action`
  const columns = [
    's.__row AS "row"',
    ...kept,
    's.score',
    ...(decided.acted === null || !acts ? [] : [acts]),
    ...(decided.buckets === null ? [] : ['CASE WHEN s.bucket >= 0 THEN s.bucket END AS bucket']),
  ]
  const joined =
    keep.length === 0
      ? ''
      : ` JOIN (SELECT __row, ${keep.map((_, index) => `__k${index}`).join(', ')} FROM ${relation.sql} WHERE ${between(partition)}) k USING (__row)`
  return `SELECT ${columns.join(', ')} FROM scored s${joined} WHERE NOT isnan(s.score)${joined === '' ? '' : ' ORDER BY s.__row'}`
}

function between({ from, to }: Partition): string {
  return `__row >= ${from} AND __row < ${to}`
}

const pieceRows = 2048

function* scoredPieces({ from }: Partition, { scores, acted, buckets }: Decided) {
  for (let at = 0; at < scores.length; at += pieceRows) {
    const to = Math.min(scores.length, at + pieceRows)
    const numbers = BigInt64Array.from({ length: to - at }, (_, index) => BigInt(from + at + index))
    const part = scores.subarray(at, to)
    yield {
      rows: to - at,
      columns: [
        fixed(new Uint8Array(numbers.buffer), 8),
        fixed(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), 8),
        ...(acted === null ? [] : [fixed(acted.subarray(at, to), 1)]),
        ...(buckets === null
          ? []
          : [fixed(new Uint8Array(BigInt64Array.from(buckets.subarray(at, to), BigInt).buffer), 8)]),
      ],
    }
  }
}

function fixed(bytes: Uint8Array, width: 1 | 8) {
  return { kind: 'fixed' as const, width, bytes, valid: null }
}

function binned(scores: Float64Array): readonly number[] {
  const bins = new Array<number>(scoreBins).fill(0)
  for (const score of scores) {
    if (Number.isNaN(score)) continue
    const bin = Math.min(scoreBins - 1, Math.max(0, Math.floor(score * scoreBins)))
    bins[bin] = (bins[bin] ?? 0) + 1
  }
  return bins
}

async function syncAll(folder: string): Promise<void> {
  for (const name of [outputFile, quarantineFile, '.']) {
    const file = await open(join(folder, name), 'r').catch(() => undefined)
    await file?.sync()
    await file?.close()
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return `sha256:${hash.digest('hex')}`
}
