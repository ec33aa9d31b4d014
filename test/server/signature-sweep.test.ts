import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type MetadataDatabase, openMetadata } from '../../src/adapters/metadata/index.ts'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'
import { systemClock as clock } from '../../src/kernel/clock.ts'
import { signatureSweep } from '../../src/platform/signature-sweep.ts'
import { openSigning } from '../../src/platform/signing.ts'
import { createRegistryService, type Release } from '../../src/registry/index.ts'

const root = mkdtempSync(join(tmpdir(), 'fettle-sweep-'))
const mila = { name: 'mila' }
let database: MetadataDatabase
beforeAll(async () => {
  database = await openMetadata({ kind: 'sqlite', path: join(root, 'meta.sqlite') })
  await database.migrate()
})
afterEach(() => {
  delete process.env['FETTLE_SIGNING_KEY']
  delete process.env['FETTLE_SIGNING_CERTIFICATES']
})
afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

const manifest = async () => ({
  hash: `sha256:${'1'.repeat(64)}`,
  manifest: {
    ...{ subject: { model: 'late', version: 1 }, run: null, data: { unavailable: 'by hand' } },
    code: { repository: { unavailable: 'by hand' }, commit: 'abc', dirty: null },
    ...{
      environment: { lock: { unavailable: 'by hand' } },
      parameters: { values: { unavailable: 'by hand' } },
    },
  } as never,
})
async function opened() {
  const objects = await openFilesystemObjects(join(root, 'objects'))
  return { objects, signing: openSigning({ root, database, objects, clock, manifest }) }
}

describe('the daily reading of what is served', () => {
  it('tells of files that are no longer those that were signed', async () => {
    const { objects, signing } = await opened()
    const { hash, bytes } = await objects.putBytes(Buffer.from('weights'))
    const version = await createRegistryService({ uow: database, clock }).registerVersion({
      ...{ model: 'late', experimentRun: null, pipelineRun: null, format: 'linear', metrics: {} },
      ...{ trainingSet: null, environment: null, evaluation: null, signature: null },
      files: [{ path: 'linear.json', hash, bytes }],
    })
    const release = {
      ...{ deployment: 'late-live', number: 1, digest: hash, createdAt: '' },
      model: { name: 'late', version: 1 },
    } as unknown as Release
    await database.transaction(async stores => {
      const told = { by: 'mila', reason: '' }
      await stores.deployments.insertRelease({ release, createdAt: 1n, ...told })
      await stores.deployments.insertServing({ deployment: 'late-live', number: 1, at: 1n, ...told })
    })
    const faults: unknown[] = []
    const { sweep } = signatureSweep({ database, signing, clock, onFault: fault => void faults.push(fault) })
    await signing.sign(version, mila)
    await sweep()
    expect(faults).toEqual([])

    rmSync((await objects.locate(hash)) ?? '', { force: true })
    await sweep()
    expect(String(faults[0])).toContain(
      'version 1 of "late", which late-live serves, is altered: linear.json is missing',
    )
    const [event] = (await database.read.audit.list({ limit: 1 })).items
    expect(event).toMatchObject({
      ...{ action: 'model-version.not-verified', object: 'model:late', principal: 'signatures' },
      details: { version: 1, deployment: 'late-live', state: 'altered' },
    })
  })
})

describe('the keys of a project', () => {
  const newPem = (curve: string) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
    return {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    }
  }

  it('are its own until a file is named, and stay believed when they are kept', async () => {
    const own = (await opened()).signing.publicKey
    expect((await opened()).signing.publicKey).toBe(own)
    const { key, publicKey } = newPem('P-256')
    writeFileSync(join(root, 'other.key'), key)
    process.env['FETTLE_SIGNING_KEY'] = join(root, 'other.key')
    const other = (await opened()).signing
    expect(other.publicKey).toBe(publicKey)
    const name = { model: 'late', version: 1 }
    expect(await other.verify(name)).toMatchObject({
      state: 'unsigned',
      problem: expect.stringContaining('not trusted'),
    })
    mkdirSync(join(root, 'trusted-keys'))
    writeFileSync(join(root, 'trusted-keys', 'former.pem'), own)
    expect(await (await opened()).signing.verify(name)).toMatchObject({ state: 'signed', by: 'mila' })
  })

  it.each([
    ['a file that is not there', 'none.key', ''],
    ['no key', 'text.key', 'hello'],
    ['another kind of key', 'rsa.key', ''],
  ])('are refused when the named one is %s', async (_name, file, text) => {
    const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const content = file === 'rsa.key' ? rsa().export({ type: 'pkcs8', format: 'pem' }).toString() : text
    if (file !== 'none.key') writeFileSync(join(root, file), content)
    process.env['FETTLE_SIGNING_KEY'] = join(root, file)
    await expect(opened()).rejects.toMatchObject({ code: 'KEY_UNUSABLE' })
  })
})
