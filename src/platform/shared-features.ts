import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { type FolderLock, lockFolder } from '../adapters/metadata/sqlite/folder-lock.ts'
import type {
  createFeatureReader,
  FeatureService,
  FeatureWriteReport,
  FeatureWriteRequest,
} from '../features/index.ts'
import { type ErrorCode, FettleError, isFettleError } from '../kernel/errors/index.ts'

export interface SharedFeaturesOptions {
  readonly servingFolder: string
  readonly reader: Awaited<ReturnType<typeof createFeatureReader>>
  /** Opens the whole service: journals have one writer. */
  openWriter(): Promise<FeatureService>
  onFault(error: unknown): void
}

export interface SharedFeatures extends FeatureService {
  /** Where the others hand over their writes while this front is the writer. */
  announce(adminUrl: string): Promise<void>
  /** A write that another front was asked for, as bytes of `node:v8`. */
  handed(body: Uint8Array): Promise<Uint8Array>
}

const retryMs = 50
const longestWaitMs = 10_000
const takeOverMs = 250

const writerFile = (servingFolder: string): string => join(servingFolder, 'writer.json')

/**
 * Features of several fronts over one folder: each reads, one writes the journals and holds the lock of the folder. The
 * others hand it what they are asked to write, and one of them takes over when it goes.
 */
export async function sharedFeatures(options: SharedFeaturesOptions): Promise<SharedFeatures> {
  const { servingFolder, reader, openWriter, onFault } = options
  let lock: FolderLock | undefined
  let writer: FeatureService | undefined
  let adminUrl: string | undefined
  let closing = false

  async function takeOver(): Promise<void> {
    if (writer || closing) return
    lock ??= await freeLock(servingFolder)
    if (!lock) return
    writer = await openWriter()
    await sayWhere()
  }

  async function sayWhere(): Promise<void> {
    if (!writer || adminUrl === undefined) return
    const file = writerFile(servingFolder)
    await writeFile(`${file}.new`, JSON.stringify({ adminUrl }))
    await rename(`${file}.new`, file)
  }

  let taking: Promise<void> | undefined
  const tryToTakeOver = () => {
    taking ??= takeOver()
      .catch(onFault)
      .finally(() => {
        taking = undefined
      })
    return taking
  }
  await tryToTakeOver()
  const timer = setInterval(tryToTakeOver, takeOverMs)
  timer.unref()

  /** The writer may be on its way out, and the next one not in yet. */
  async function withWriter<Result>(
    mine: (service: FeatureService) => Promise<Result>,
    path: string,
    body: Uint8Array,
  ) {
    for (const limit = performance.now() + longestWaitMs; ; ) {
      if (writer) return mine(writer)
      const answer = await hand(servingFolder, path, body)
      if (answer) return deserialize(answer) as Result
      if (performance.now() > limit)
        throw new FettleError('STORE_UNAVAILABLE', 'no front writes to the journals at the moment')
      await new Promise(resolve => setTimeout(resolve, retryMs))
    }
  }

  return {
    catalog: () => (writer ?? reader).catalog(),
    read: request => (writer ?? reader).read(request),
    write: request =>
      withWriter<FeatureWriteReport>(
        service => service.write(request),
        '/admin/features',
        serialize(request),
      ),
    rebuild: () => withWriter<number>(service => service.rebuild(), '/admin/features', serialize('rebuild')),
    async announce(url) {
      adminUrl = url
      await sayWhere()
    },
    async handed(body) {
      const asked = deserialize(body) as FeatureWriteRequest | 'rebuild'
      if (!writer) throw new FettleError('STORE_UNAVAILABLE', 'this front does not write to the journals')
      return serialize(asked === 'rebuild' ? await writer.rebuild() : await writer.write(asked))
    },
    async close() {
      closing = true
      clearInterval(timer)
      await taking
      await writer?.close()
      await reader.close()
      lock?.release()
    },
  }
}

async function freeLock(folder: string): Promise<FolderLock | undefined> {
  try {
    return await lockFolder(folder)
  } catch (error) {
    if (isFettleError(error, 'FOLDER_IN_USE')) return undefined
    throw error
  }
}

/** Undefined: the writer cannot be reached, or is none any more. */
async function hand(servingFolder: string, path: string, body: Uint8Array): Promise<Uint8Array | undefined> {
  let reply: Response
  try {
    const { adminUrl } = JSON.parse(await readFile(writerFile(servingFolder), 'utf8')) as { adminUrl: string }
    reply = await fetch(adminUrl + path, { method: 'POST', body: Buffer.from(body) })
  } catch {
    return undefined
  }
  if (reply.ok) return new Uint8Array(await reply.arrayBuffer())
  const { error } = (await reply.json()) as { error: { code: ErrorCode; message: string; hint?: string } }
  if (error.code === 'STORE_UNAVAILABLE' || error.code === 'DRAINING') return undefined
  throw new FettleError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint })
}
