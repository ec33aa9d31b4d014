import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../adapters/engines/duckdb/index.ts'
import { frameHeaderBytes } from '../../kernel/framing/frames.ts'
import { segmentFileName, segmentHeaderBytes } from '../log/segment.ts'
import { createLogWriter } from '../log/writer.ts'
import { type DecidedRequest, type DecisionRecord, decisionKinds, type ReleaseNote } from '../model.ts'
import { decidedRequest, note } from '../testing/decided-fixture.ts'
import { compactFiles } from './compact-files.ts'
import type { ShippedFile } from './manifest.ts'
import { createDecisionReader } from './reader.ts'
import { listSegments } from './segment-index.ts'
import { shipSegment } from './ship-segment.ts'
import { manifestFile, openShippedFiles } from './shipped-files.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fettle-shipping-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const engine = createDuckDBEngine({ threads: 1 })
const logFolder = () => join(root, 'log')
const folder = () => join(root, 'decisions')
const reader = () =>
  createDecisionReader(
    logFolder(),
    openShippedFiles(folder(), async () => engine),
  )

const other: ReleaseNote = {
  ...note,
  ...{ release: 4, digest: "sha256:it's", vector: ['origin__busy', 'speed'], action: null },
}
const elsewhere: ReleaseNote = { ...note, deployment: 'else' }

/** A request as a rollout would leave it: arms, shadows, odd values. */
function routedRequest(seed: number): DecidedRequest {
  const request = decidedRequest(seed, 1 + (seed % 4), [note, other, elsewhere][seed % 3])
  const kind = decisionKinds[seed % decisionKinds.length] ?? 'online'
  return {
    ...request,
    kind,
    arm: seed % 2 ? 'challenger' : 'champion',
    assignment: seed % 3 === 0 ? null : { salt: 'late-1', sticky: seed % 2 === 0, seq: seed },
    shadowOf: kind === 'shadow' ? request.base : null,
    parentId: seed % 7 === 0 ? request.base : null,
    jobId: kind === 'batch' ? `job ${seed}` : null,
    caller: seed % 4 === 0 ? "o'brien ü" : null,
    rows: request.rows.map((row, i) => ({
      ...row,
      row: i * 2 + (seed % 2),
      bucket: seed % 3 === 0 ? null : (seed * 37) % 10_000,
      armReason: seed % 3 === 0 ? 'only' : 'bucket',
      score: seed % 5 === 0 ? -0 : row.score,
      // A field may change its type, and hold bytes.
      entity: {
        ...row.entity,
        ok: seed % 9 === 0 ? 'yes' : i % 2 === 0,
        n: seed % 8 === 0 ? -0 : BigInt(seed) << 50n,
      },
    })),
  }
}

async function logged(requests: readonly DecidedRequest[], segmentBytes: number): Promise<void> {
  const log = createLogWriter({ folder: logFolder(), segmentBytes })
  for (const request of requests) await log.append(request, 'written')
  await log.close()
}

async function shipAll(keep: (file: ShippedFile) => boolean = () => true): Promise<ShippedFile[]> {
  const files: ShippedFile[] = []
  for (const name of await listSegments(logFolder())) {
    const shipping = {
      logFolder: logFolder(),
      folder: folder(),
      engine,
      isErased: () => false,
      pause: async () => undefined,
    }
    files.push(...(await shipSegment(shipping, name)).files.filter(keep))
  }
  publish(files)
  return files
}

const publish = (files: readonly ShippedFile[]) =>
  writeFileSync(join(folder(), manifestFile), JSON.stringify({ schema: 1, files }))

/** Without where it stands in which file. */
const plain = ({ logged: { offset }, ...record }: DecisionRecord) => ({ ...record, offset })

async function scanned(limit: number, deployment: string): Promise<DecisionRecord[]> {
  const found: DecisionRecord[] = []
  let cursor: string | null = null
  for (let done = false; !done; ) {
    const part = await reader().scan({ deployment, since: 0n, cursor, limit })
    found.push(...part.records)
    cursor = part.cursor
    done = part.done
  }
  return found
}

describe('decisions in files', () => {
  it('are those of the segments, bit for bit, wherever they are read', async () => {
    const requests = Array.from({ length: 60 }, (_, seed) => routedRequest(seed))
    await logged(requests, 3000)
    const before = await scanned(1000, 'late')
    expect(before.length).toBeGreaterThan(60)
    expect(before.filter(each => Object.is(each.score, -0)).length).toBeGreaterThan(5)
    const files = await shipAll()
    expect(new Set(files.map(file => file.deployment))).toEqual(new Set(['late', 'else']))
    expect(files.reduce((sum, file) => sum + file.rows, 0)).toBe(
      requests.reduce((sum, request) => sum + request.rows.length, 0),
    )
    const traffic = await reader().traffic('late', 0n)
    const newest = await reader().search({ kinds: decisionKinds }, { limit: 500 })
    for (const name of await listSegments(logFolder())) rmSync(join(logFolder(), segmentFileName(name)))
    expect((await scanned(1000, 'late')).map(plain)).toEqual(before.map(plain))
    expect(await reader().traffic('late', 0n)).toEqual(traffic)
    expect((await reader().search({ kinds: decisionKinds }, { limit: 500 })).items).toEqual(newest.items)
    const [one] = before
    expect(plain((await reader().find(one?.predictionId ?? '')) as DecisionRecord)).toEqual(
      plain(one as DecisionRecord),
    )
  })

  it('a scan in any pieces, over segments that are deleted on the way, gives every decision once', async () => {
    const requests = Array.from({ length: 40 }, (_, seed) => routedRequest(seed))
    await logged(requests, 2500)
    const whole = (await scanned(1000, 'late')).map(each => each.predictionId)
    await shipAll()
    const segments = (await listSegments(logFolder())).map(segmentFileName)
    const found: string[] = []
    let cursor: string | null = null
    for (let step = 1, done = false; !done; step++) {
      const part = await reader().scan({ deployment: 'late', since: 0n, cursor, limit: 1 + (step % 5) })
      found.push(...part.records.map(each => each.predictionId))
      cursor = part.cursor
      done = part.done
      const [oldest] = step % 3 === 0 ? segments.splice(0, 1) : []
      if (oldest) rmSync(join(logFolder(), oldest))
    }
    expect(found).toEqual(whole)
  })

  it('small files become one, and nothing changes for readers', async () => {
    await logged(
      Array.from({ length: 30 }, (_, seed) =>
        decidedRequest(seed, 2, seed % 2 ? note : { ...note, release: 9 }),
      ),
      1500,
    )
    const files = await shipAll()
    for (const name of await listSegments(logFolder())) rmSync(join(logFolder(), segmentFileName(name)))
    const before = await scanned(7, 'late')
    expect(new Set(before.map(each => each.release.release))).toEqual(new Set([3, 9]))
    publish([await compactFiles({ folder: folder(), engine }, files)])
    expect((await scanned(7, 'late')).map(plain)).toEqual(before.map(plain))
  })

  it('a bad frame in a sealed segment costs that frame alone, and is said', async () => {
    const requests = Array.from({ length: 9 }, (_, seed) => decidedRequest(seed, 1))
    await logged(requests, 1e6)
    const [name] = await listSegments(logFolder())
    if (!name) throw new Error('there is a segment')
    const path = join(logFolder(), segmentFileName(name))
    const bytes = readFileSync(path)
    // Frame 0 is the note of the release.
    let at = segmentHeaderBytes
    for (let frame = 0; frame < 4; frame++) at += frameHeaderBytes + bytes.readUInt32LE(at)
    bytes[at + 30] = (bytes[at + 30] ?? 0) ^ 4
    writeFileSync(path, bytes)
    const shipping = {
      logFolder: logFolder(),
      folder: folder(),
      engine,
      isErased: () => false,
      pause: async () => undefined,
    }
    const shipped = await shipSegment(shipping, name)
    expect(shipped.rows).toBe(8)
    expect(shipped.damagedBytes).toBe(frameHeaderBytes + bytes.readUInt32LE(at))
    const left = await scanned(100, 'late')
    expect(left.map(each => each.requestId)).toEqual(
      requests.filter((_, i) => i !== 3).map(each => each.requestId),
    )
  })

  it('a search finds what a filter over everything finds, in files and in segments', async () => {
    const requests = Array.from({ length: 50 }, (_, seed) => routedRequest(seed))
    await logged(requests, 3000)
    const all = [...(await scanned(1000, 'late')), ...(await scanned(1000, 'else'))]
    const half = (await listSegments(logFolder())).length / 2
    await shipAll(file => file.first <= half)
    const filters = fc.record(
      {
        deployment: fc.constantFrom('late', 'else', 'nobody'),
        release: fc.constantFrom(3, 4),
        arm: fc.constantFrom('champion' as const, 'challenger' as const),
        servedBy: fc.constantFrom('model' as const, 'fallback' as const),
        kinds: fc.uniqueArray(fc.constantFrom(...decisionKinds), { minLength: 1 }),
        minScore: fc.constantFrom(0, 0.11, 0.12),
        maxScore: fc.constantFrom(0.13, 0.15),
        entity: fc.constantFrom<Record<string, string>>(
          { origin: 'A7' },
          { ok: 'yes' },
          { n: '0' },
          { ok: 'true' },
        ),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(filters, async filter => {
        const kinds = filter.kinds ?? ['online', 'demo']
        const wanted = all
          .filter(
            each =>
              kinds.includes(each.kind) &&
              (filter.deployment ?? each.release.deployment) === each.release.deployment &&
              (filter.release ?? each.release.release) === each.release.release &&
              (filter.arm ?? each.arm) === each.arm &&
              (filter.servedBy ?? each.servedBy) === each.servedBy &&
              each.score >= (filter.minScore ?? -9) &&
              each.score <= (filter.maxScore ?? 9) &&
              Object.entries(filter.entity ?? {}).every(
                ([name, value]) => String(each.entity[name]) === value,
              ),
          )
          .map(each => each.predictionId)
        const found: string[] = []
        let cursor: string | undefined
        do {
          const page = await reader().search(filter, { limit: 9, ...(cursor ? { cursor } : {}) })
          found.push(...page.items.map(each => each.predictionId))
          cursor = page.next
        } while (cursor)
        expect([...found].sort()).toEqual([...wanted].sort())
      }),
      { numRuns: 12 },
    )
  })
})
