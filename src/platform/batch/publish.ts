import { copyFile, link, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { writeDuckDBTable } from '../../adapters/batch-tables/duckdb.ts'
import { writePostgresTable } from '../../adapters/batch-tables/postgres.ts'
import type { BatchJobDetail, CommittedPartition } from '../../serving/index.ts'
import { outputFile, quarantineFile } from './worker.ts'

/** Where the files of a job are: `<folder>/attempt/<attempt>/<partition>/`. */
export interface JobFiles {
  readonly folder: string
  readonly projectFolder: string
}

export function attemptFolder({ folder }: Pick<JobFiles, 'folder'>, attempt: string): string {
  return join(folder, 'attempt', attempt)
}

/** Makes the outputs of a job visible, all at once; a repeat changes nothing. Says where they are. */
export async function publish(detail: BatchJobDetail, files: JobFiles): Promise<string> {
  const { to } = detail.job.terms
  const parts = detail.partitions.map(each => partOf(files, each))
  if (to.kind === 'parquet')
    return publishFolder(detail, { to: resolve(files.projectFolder, to.path), parts })
  const outputs = parts.map(({ partition, outputs }) => ({ partition, path: outputs }))
  const { id: job } = detail.job
  if (to.kind === 'postgres') {
    await writePostgresTable({ url: to.url, table: to.table, job }, outputs)
    return `${to.url}:${to.table}`
  }
  await writeDuckDBTable({ path: resolve(files.projectFolder, to.path), table: to.table, job }, outputs)
  return `${to.path}:${to.table}`
}

/** Files of one committed partition. */
export interface Part {
  readonly partition: number
  readonly outputs: string
  readonly quarantine: string | null
}

function partOf(files: JobFiles, { attempt, partition, quarantined }: CommittedPartition): Part {
  const folder = join(attemptFolder(files, attempt), String(partition))
  return {
    partition,
    outputs: join(folder, outputFile),
    quarantine: quarantined > 0 ? join(folder, quarantineFile) : null,
  }
}

/** `<folder>/<job>/part-00000.parquet …`, in one rename. */
async function publishFolder(
  { job, partitions }: BatchJobDetail,
  { to, parts }: { readonly to: string; readonly parts: readonly Part[] },
): Promise<string> {
  const target = join(to, job.id)
  if (await exists(target)) return target
  const aside = join(to, `.${job.id}.${process.pid}`)
  await rm(aside, { recursive: true, force: true })
  await mkdir(aside, { recursive: true })
  for (const { partition, outputs, quarantine } of parts) {
    const number = String(partition).padStart(5, '0')
    await linkOrCopy(outputs, join(aside, `part-${number}.parquet`))
    if (quarantine !== null) {
      await mkdir(join(aside, 'quarantine'), { recursive: true })
      await linkOrCopy(quarantine, join(aside, 'quarantine', `part-${number}.parquet`))
    }
  }
  const manifest = {
    job: job.id,
    deployment: job.terms.deployment,
    release: job.releaseNumber,
    digest: job.terms.release,
    rows: job.rows,
    parts: partitions.map(({ partition, outputs, quarantined, sha256 }) => ({
      ...{ partition, outputs, quarantined, sha256 },
    })),
  }
  await writeFile(join(aside, 'job.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await syncFolder(aside)
  await rename(aside, target).catch(async error => {
    await rm(aside, { recursive: true, force: true })
    if (!(await exists(target))) throw error
  })
  await syncFolder(to)
  return target
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch {
    await copyFile(from, to)
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync()
  await folder.close()
}
