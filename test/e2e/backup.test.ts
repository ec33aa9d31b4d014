import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { type MetadataDatabase, openMetadata } from '../../src/adapters/metadata/index.ts'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'
import { openS3Objects, parseS3Location } from '../../src/adapters/objects/s3/index.ts'
import { createAuditService } from '../../src/governance/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { ObjectStore } from '../../src/pipelines/index.ts'
import { openDecisionLog } from '../../src/platform/decision-log.ts'
import { decisionsFolder, foldersOf } from '../../src/platform/folders.ts'
import { decisionShipping } from '../../src/platform/shipping.ts'
import { createLogWriter } from '../../src/serving/index.ts'
import { decidedRequest } from '../../src/serving/testing/decided-fixture.ts'
import { withPostgresTools } from '../services/postgres.ts'
import { type S3Server, startS3 } from '../services/s3.ts'
import { blocksOf } from '../support/doc-blocks.ts'
import { root } from '../support/root.ts'
import { makeBucket } from '../support/s3-bucket.ts'
import { ensureBuilt } from './dev-server.ts'

const execute = promisify(execFile)
const work = mkdtempSync(join(tmpdir(), 'fettle-backup-'))
const page = 'docs/deployment.md'
let s3: S3Server
beforeAll(async () => {
  await ensureBuilt()
  s3 = await startS3()
}, 60_000)
afterAll(async () => {
  await s3.remove()
  rmSync(work, { recursive: true, force: true })
})

/** The commands of the guide's block of this name. */
function guide(name: string): string {
  const found = blocksOf(page).filter(block => block.info === `sh ${name}`)
  expect(found.map(({ place }) => place)).toHaveLength(1)
  return found[0]?.text ?? ''
}

/** A project that has nothing yet. */
function newProject(name: string, providers: object): string {
  const folder = join(work, name)
  mkdirSync(join(folder, 'definitions'), { recursive: true })
  writeFileSync(join(folder, 'fettle.json'), JSON.stringify({ project: 'shop', providers }))
  return folder
}

/** Runs the block as it stands in a project's folder. */
async function follow(
  name: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const path = [join(root, 'bin'), environment['PATH'], process.env['PATH']].join(delimiter)
  const env = { ...process.env, ...environment, PATH: path, NO_COLOR: '1' }
  const { stdout, stderr } = await execute('/bin/sh', ['-ec', guide(name)], { cwd: folder, env })
  return stdout + stderr
}

/** A history to be found again: audit rows, and objects large and small. Resolves to the audit's last hash. */
async function fill(database: MetadataDatabase, objects: ObjectStore): Promise<string> {
  await database.migrate()
  for (const text of ['one', 'two']) {
    const { hash } = await objects.putBytes(Buffer.from(text))
    await database.transaction(async ({ audit }) => {
      await audit.append({ at: 1n, principal: 'ana', action: 'object.put', object: hash, details: { text } })
    })
  }
  await objects.putStream(large())
  return (await createAuditService({ uow: database }).verify()).head
}

async function* large(): AsyncIterable<Uint8Array> {
  for (let i = 0; i < 9; i++) yield Buffer.alloc(1024 * 1024, i)
}

async function contentOf({ read }: MetadataDatabase, objects: ObjectStore): Promise<string[]> {
  const { items } = await read.audit.list({ limit: 50 })
  const stored = await Promise.all(
    items.map(async ({ object }) => Buffer.from(await objects.getBytes(object)).toString()),
  )
  const hashes: string[] = []
  for await (const { hash } of objects.all()) hashes.push(hash)
  return [...stored.sort(), ...hashes.sort()]
}

/** Decisions in a file, in a sealed segment, and in one that a front writes; resolves to their ids. */
async function decisions(project: string, database: MetadataDatabase): Promise<readonly string[]> {
  const folders = foldersOf(project)
  const engine = createDuckDBEngine({ threads: 1 })
  const shipping = decisionShipping({
    ...{ database, clock: systemClock, pauseMs: 0, engine: async () => engine },
    logFolder: join(folders.serving, 'log'),
    folder: decisionsFolder(folders.root),
    erased: async () => () => false,
    onFault(error) {
      throw error
    },
  })
  const log = () => createLogWriter({ folder: join(folders.serving, 'log') })
  for (const seed of [1, 2]) {
    const writer = log()
    await writer.append(decidedRequest(seed, 2), 'written')
    await writer.close()
    if (seed === 1) await shipping.round()
  }
  await log().append(decidedRequest(3, 2), 'written')
  await engine.close()
  return found(project)
}

async function found(project: string): Promise<readonly string[]> {
  const { items } = await openDecisionLog(foldersOf(project)).search({ deployment: 'late' }, { limit: 50 })
  return items.map(each => `${each.predictionId} ${each.score}`)
}

describe('the backup guide', () => {
  it('brings a project on SQLite back, copied while it was open', async () => {
    const [before, after] = [newProject('sqlite', {}), newProject('sqlite-restored', {})]
    const env = { BACKUP: join(work, 'sqlite-backup') }
    const open = async (folder: string) => ({
      database: await openMetadata({ kind: 'sqlite', path: foldersOf(folder).metadata }),
      objects: await openFilesystemObjects(foldersOf(folder).objects),
    })
    const first = await open(before)
    const head = await fill(first.database, first.objects)
    writeFileSync(join(foldersOf(before).root, 'pepper'), 'secret')
    const decided = await decisions(before, first.database)
    const copied = await follow('backup-sqlite', before, env)
    expect(copied).toContain('3 objects')
    expect(copied).toContain('with 6 files of decisions and feedback')
    expect(await follow('restore-sqlite', after, env)).toContain(head)
    expect(await found(after)).toEqual(decided)
    const second = await open(after)
    expect(await contentOf(second.database, second.objects)).toEqual(
      await contentOf(first.database, first.objects),
    )
    await expect(follow('restore-sqlite', after, env)).rejects.toThrow('has metadata already')
    // The next backup copies what is new, and drops what is gone.
    await first.objects.putBytes(Buffer.from('three'))
    const kept = readdirSync(join(foldersOf(before).serving, 'log')).filter(name => name.endsWith('.log'))
    rmSync(join(foldersOf(before).serving, 'log', kept[0] ?? ''))
    const again = await follow('backup-sqlite', before, env)
    expect(again).toContain('1 object (')
    expect(again).not.toContain('of decisions')
    const inBackup = readdirSync(join(env.BACKUP, 'serving', 'log'))
    expect(inBackup.filter(name => name.endsWith('.log'))).toEqual(kept.slice(1))
    await first.database.close()
    await second.database.close()
  }, 60_000)

  it('brings a project on Postgres and S3 back into an empty database and an empty bucket', async () => {
    const providers = { metadata: 'env:FETTLE_DATABASE', objects: 'env:FETTLE_OBJECTS' }
    const [from, to] = [await withPostgresTools(), await withPostgresTools()]
    const buckets = [await makeBucket(s3, 'before'), await makeBucket(s3, 'after', 'restored')] as const
    const env = (url: string, objects: string) => ({
      BACKUP: join(work, 'postgres-backup'),
      PATH: from.bin,
      FETTLE_DATABASE: url,
      FETTLE_OBJECTS: objects,
    })
    mkdirSync(join(work, 'postgres-backup'))
    const open = async (url: string, objects: string) => ({
      database: await openMetadata({ kind: 'postgres', url }),
      objects: await openS3Objects({ location: parseS3Location(objects, {}), folder: join(work, 'cache') }),
    })
    const first = await open(from.url, buckets[0].url)
    const head = await fill(first.database, first.objects)
    await follow('backup-postgres', newProject('postgres', providers), env(from.url, buckets[0].url))
    const restored = newProject('postgres-restored', providers)
    expect(await follow('restore-postgres', restored, env(to.url, buckets[1].url))).toContain(head)
    const second = await open(to.url, buckets[1].url)
    expect(await contentOf(second.database, second.objects)).toEqual(
      await contentOf(first.database, first.objects),
    )
    await second.database.migrate()
    // An altered row is found by the same command.
    await second.database.transaction(async ({ audit }) => {
      await audit.append({ at: 2n, principal: 'eve', action: 'x', object: 'y', details: {} })
    })
    await execute(join(to.bin, 'psql'), [
      to.url,
      '-c',
      `update audit_events set principal = 'bob' where seq = 1`,
    ])
    const verify = execute(join(root, 'bin', 'fettle'), ['audit', 'verify', '--folder', restored], {
      env: { ...process.env, ...env(to.url, buckets[1].url), PATH: process.env['PATH'] },
    })
    await expect(verify).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('AUDIT_BROKEN') })
    await first.database.close()
    await second.database.close()
  }, 60_000)

  it('says what it will not back up or restore', async () => {
    const empty = newProject('empty', {})
    const env = { BACKUP: join(work, 'nothing') }
    await expect(follow('backup-sqlite', empty, env)).rejects.toThrow('BACKUP_INVALID')
    await expect(follow('restore-sqlite', empty, env)).rejects.toThrow('BACKUP_INVALID')
    const used = newProject('used', {})
    mkdirSync(foldersOf(used).root)
    const database = await openMetadata({ kind: 'sqlite', path: foldersOf(used).metadata })
    await database.close()
    await expect(follow('backup-sqlite', used, { BACKUP: used })).rejects.toThrow('is a project')
  }, 60_000)
})
