import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import type { OfflineEngine } from '../features/index.ts'
import { auditWriter } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { parseDuration } from '../kernel/time.ts'
import { writeWhole } from '../kernel/write-whole.ts'
import {
  asideFolder,
  compactable,
  compactFiles,
  eraseInFile,
  type IsErasedDecision,
  listSegments,
  manifestFile,
  openShippedFiles,
  type PublishedManifest,
  type SegmentKey,
  type Shipped,
  type ShippedSegment,
  segmentFileName,
  segmentKey,
  shipSegment,
} from '../serving/index.ts'

export interface ShippingParts {
  /** Of the prediction log. */
  readonly logFolder: string
  /** Of the files of decisions. */
  readonly folder: string
  readonly database: Pick<MetadataDatabase, 'read' | 'transaction'>
  readonly engine: () => Promise<OfflineEngine>
  readonly clock: Clock
  /** Whose decisions are shipped without the values they were made from; asked before each segment. */
  readonly erased: () => Promise<IsErasedDecision>
  /** How long a segment stays after its decisions are in a file. Default 24h. */
  readonly keepSegments?: string
  /** Pause between pieces of 2048 decisions, ms: serving comes first. Default 5. */
  readonly pauseMs?: number
  onFault(error: unknown): void
}

const everyMs = 10_000
const shipper = { name: 'decision-shipping' }

export interface DecisionShipping {
  /** Ships what is sealed, compacts, deletes what is due. */
  round(): Promise<void>
  /** Puts files without what they say of somebody in the places of those that say it; between two rounds. */
  erase(isErased: IsErasedDecision): Promise<void>
  start(): void
  stop(): Promise<void>
}

/**
 * Brings sealed segments of the prediction log into Parquet files, exactly once: a file counts from the moment its segment
 * is committed under (node, front, segment), which can happen once. Killed anywhere, the next round goes on.
 */
export function decisionShipping(parts: ShippingParts): DecisionShipping {
  const { logFolder, folder, database, clock, onFault } = parts
  const keep = parseDuration(parts.keepSegments ?? '24h')
  const keys = new Map<string, SegmentKey | undefined>()
  let unnamed: ReadonlySet<string> = new Set()
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  /** undefined: no segment; told once. */
  async function keyOf(file: string, name: Parameters<typeof segmentKey>[1]) {
    if (!keys.has(file))
      keys.set(
        file,
        await segmentKey(logFolder, name).catch(error => {
          onFault(error)
          return undefined
        }),
      )
    return keys.get(file)
  }

  async function sealed() {
    const names = (await listSegments(logFolder)).filter(name => !name.open)
    const found = []
    for (const name of names) {
      const file = segmentFileName(name)
      const key = await keyOf(file, name)
      if (key) found.push({ name, file, key })
    }
    return found.sort((a, b) => a.key.front - b.key.front || a.key.segment - b.key.segment)
  }

  async function publish(): Promise<void> {
    const manifest: PublishedManifest = { schema: 1, files: await database.read.decisionManifest.files() }
    await writeWhole(join(folder, manifestFile), JSON.stringify(manifest))
  }

  async function shipAll(): Promise<void> {
    const done = new Set((await database.read.decisionManifest.segments()).map(textOf))
    const failed = new Set<number>()
    for (const { name, key } of await sealed()) {
      // Those of a front go in order: readers take everything behind the last committed one for unshipped.
      if (stopped || done.has(textOf(key)) || failed.has(key.front)) continue
      try {
        const engine = await parts.engine()
        const isErased = await parts.erased()
        const shipped = await shipSegment(
          { logFolder, folder, engine, isErased, pause: async () => void (await sleep(parts.pauseMs ?? 5)) },
          name,
        )
        await commit(shipped)
        await publish()
      } catch (error) {
        failed.add(key.front)
        onFault(error)
      }
    }
  }

  async function commit({ key, files, ...shipped }: Shipped): Promise<void> {
    const { rows, bytes, damagedBytes, unreadableFrames } = shipped
    const segment: ShippedSegment = {
      ...{ ...key, rows, bytes, damagedBytes, shippedAt: clock.nowMicros(), removedAt: null },
    }
    const details = { ...key, damagedBytes, unreadableFrames }
    const committed = await database.transaction(async stores => {
      if (!(await stores.decisionManifest.commit(segment, files))) return false
      if (damagedBytes > 0 || unreadableFrames > 0)
        await auditWriter(clock, shipper)(stores, {
          action: 'prediction-log.damaged',
          object: `segment:${textOf(key)}`,
          details,
        })
      return true
    })
    if (committed && damagedBytes > 0)
      onFault(
        new FettleError(
          'LOG_DAMAGED',
          `segment ${key.segment} of front ${key.front} was changed on the device: ${damagedBytes} bytes are no records`,
          { details },
        ),
      )
  }

  async function compactAll(): Promise<void> {
    for (const files of compactable(await database.read.decisionManifest.files())) {
      if (stopped) return
      const merged = await compactFiles({ folder, engine: await parts.engine() }, files)
      const paths = files.map(file => file.path)
      await database.transaction(({ decisionManifest }) => decisionManifest.replace(paths, merged))
      await publish()
    }
  }

  async function removeDue(): Promise<void> {
    const segments = new Map(
      (await database.read.decisionManifest.segments()).map(each => [textOf(each), each]),
    )
    const there = await sealed()
    const newest = new Map(there.map(({ key }) => [key.front, key.segment]))
    const kept = new Set<number>()
    for (const { file, key } of there) {
      const segment = segments.get(textOf(key))
      // The newest stays: its number is what the front counts on from. The oldest go first, without a gap.
      const due =
        segment && segment.shippedAt + keep <= clock.nowMicros() && newest.get(key.front) !== key.segment
      if (!due || kept.has(key.front) || !(await isReadable(segment))) kept.add(key.front)
      else {
        await rm(join(logFolder, file), { force: true })
        segments.delete(textOf(key))
        await database.transaction(({ decisionManifest }) =>
          decisionManifest.markRemoved(key, clock.nowMicros()),
        )
      }
    }
  }

  /** The files hold as many decisions of the segment as it had. */
  async function isReadable(segment: ShippedSegment): Promise<boolean> {
    const shipped = openShippedFiles(folder, parts.engine)
    const own = (await database.read.decisionManifest.files()).filter(
      file =>
        file.node === segment.node &&
        file.front === segment.front &&
        file.first <= segment.segment &&
        segment.segment <= file.last,
    )
    let rows = 0
    for (const file of own) {
      const counted = await shipped.count(file, { rows: 'count(*)' }, `segment = ${segment.segment}`)
      rows += counted['rows'] ?? 0
    }
    if (rows === segment.rows) return true
    onFault(
      new FettleError('LOG_DAMAGED', `files hold ${rows} of ${segment.rows} decisions of ${textOf(segment)}`),
    )
    return false
  }

  async function unnamedFiles(): Promise<readonly string[]> {
    const named = new Set((await database.read.decisionManifest.files()).map(file => file.path))
    const found = await readdir(folder, { recursive: true })
    return found.filter(path => path.endsWith('.parquet') && !named.has(path))
  }

  /** Files that no manifest names, seen twice: left by a kill, or replaced and perhaps still read. */
  async function sweep(): Promise<void> {
    const found = await unnamedFiles()
    for (const path of found.filter(each => unnamed.has(each))) await rm(join(folder, path), { force: true })
    unnamed = new Set(found)
  }

  async function round(): Promise<void> {
    if (!existsSync(logFolder)) return
    await mkdir(join(folder, asideFolder), { recursive: true })
    if (!existsSync(join(folder, manifestFile))) await publish()
    await shipAll()
    await compactAll()
    await removeDue()
    await sweep()
  }

  async function erase(isErased: IsErasedDecision): Promise<void> {
    const engine = await parts.engine()
    await mkdir(join(folder, asideFolder), { recursive: true })
    for (const file of await database.read.decisionManifest.files()) {
      const next = await eraseInFile({ folder, engine }, file, isErased)
      if (next)
        await database.transaction(({ decisionManifest }) => decisionManifest.replace([file.path], next))
    }
    await publish()
    // Between rounds nothing is on its way: what no manifest names is what was replaced, or was left by a kill.
    for (const path of await unnamedFiles()) await rm(join(folder, path), { force: true })
  }

  return {
    round,
    erase(isErased) {
      const done = running.then(() => erase(isErased))
      running = done.catch(() => undefined)
      return done
    },
    start() {
      stopped = false
      // What was committed before a kill may not have been published.
      running = mkdir(folder, { recursive: true }).then(publish).catch(onFault)
      const next = () => {
        timer = setTimeout(() => {
          running = running
            .then(round)
            .catch(onFault)
            .finally(() => void (stopped || next()))
        }, everyMs)
        timer.unref()
      }
      next()
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}

const textOf = ({ node, front, segment }: SegmentKey): string => `${node}-${front}-${segment}`
