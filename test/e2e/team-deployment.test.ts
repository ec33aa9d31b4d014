import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { withPostgres } from '../services/postgres.ts'
import { startS3 } from '../services/s3.ts'
import { root } from '../support/root.ts'
import { makeBucket } from '../support/s3-bucket.ts'
import { startServerProcess } from '../support/server-process.ts'
import { ensureBuilt } from './dev-server.ts'

const execute = promisify(execFile)
const bin = join(root, 'bin', 'fettle')
const work = mkdtempSync(join(tmpdir(), 'fettle-team-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

it('a project on Postgres and S3 is applied at one server, worked for at another, and read at both', async () => {
  await ensureBuilt()
  const folder = join(work, 'parcels')
  await execute(process.execPath, [bin, 'init', folder])
  const file = join(folder, 'fettle.json')
  const providers = { metadata: 'env:TEAM_DATABASE', objects: 'env:TEAM_OBJECTS' }
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), providers }))
  const s3 = await startS3()
  const bucket = await makeBucket(s3, 'team', 'parcels')
  const env = { TEAM_DATABASE: await withPostgres(), TEAM_OBJECTS: bucket.url, FETTLE_TOKEN: 'shared' }
  const one = await startServerProcess(folder, env)
  const two = await startServerProcess(folder, env)
  const fettle = async (server: { readonly url: string }, ...words: readonly string[]): Promise<string> => {
    const where = ['--folder', folder, '--server', server.url]
    const options = { env: { ...process.env, ...env, NO_COLOR: '1' } }
    return (await execute(process.execPath, [bin, ...words, ...where], options)).stdout
  }
  const words = [bin, 'worker', '--folder', folder, '--server', two.url, '--slots', '1']
  const worker = spawn(process.execPath, words, { env: { ...process.env, ...env }, stdio: 'ignore' })
  try {
    await fettle(one, 'apply', '--yes')
    await fettle(one, 'run', 'slow')
    expect(await fettle(two, 'runs')).toContain('succeeded')
    expect(await fettle(two, 'models', 'slow')).toMatch(/v1/)
    // The bytes are in the bucket alone: each server brings them to itself.
    expect(await fettle(one, 'training-sets', 'verify', 'slow_parcels')).toContain('is as it was built')
    const listed = await (await bucket.send('GET', 'team?list-type=2&prefix=parcels/sha256/')).text()
    expect(listed.match(/<Key>/g)?.length).toBeGreaterThan(5)
  } finally {
    const gone = once(worker, 'exit')
    worker.kill('SIGTERM')
    await gone
    await Promise.all([one.stop(), two.stop()])
    await s3.remove()
  }
}, 180_000)
