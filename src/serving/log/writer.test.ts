import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { frameHeaderBytes, framePayloadLength, validPrefix } from '../../kernel/framing/frames.ts'
import { createDecisionReader } from '../decisions/reader.ts'
import { decidedRequest, note } from '../testing/decided-fixture.ts'
import { logFiles } from './files.ts'
import { recoverSegments } from './recover.ts'
import { segmentHeaderBytes } from './segment.ts'
import { createLogWriter } from './writer.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const files = (ending: string) =>
  readdirSync(folder)
    .filter(file => file.endsWith(ending))
    .sort()
const everything = async () => (await createDecisionReader(folder).latest(undefined, { limit: 500 })).items

describe('the prediction log', () => {
  it('a decision by segment says which, and what its score was compared with', async () => {
    const log = createLogWriter({ folder })
    const segments = [
      ['A1', 0.3],
      ['A2', 0.7],
    ] as const
    const request = decidedRequest(1, 5, {
      ...note,
      action: { ...note.action, ...{ name: 'warn', threshold: 0.5, per: 'origin', segments } },
    })
    await log.append(request, 'written')
    const reader = createDecisionReader(folder)
    const records = await Promise.all(request.rows.map((_, row) => reader.find(`${request.base}-${row}`)))
    const wanted = request.rows.map(({ segmentAt }) => segments[segmentAt] ?? [null, 0.5])
    expect(records.map(record => [record?.segment, record?.threshold])).toEqual(wanted)
    expect(wanted).toContainEqual(['A2', 0.7])
    await log.close()
  })

  it('what was appended is read back, every field', async () => {
    const log = createLogWriter({ folder })
    const requests = Array.from({ length: 20 }, (_, seed) => decidedRequest(seed, 1 + (seed % 4)))
    await Promise.all(requests.map(request => log.append(request, 'written')))
    const reader = createDecisionReader(folder)
    for (const request of requests) {
      const { rows, note: released, ...shared } = request
      for (const [row, { states: _states, segmentAt: _place, ...decided }] of rows.entries()) {
        const record = await reader.find(`${request.base}-${row}`)
        expect(record).toMatchObject({
          ...shared,
          ...decided,
          row,
          release: released,
          action: decided.acted ? 'warn' : null,
          threshold: 0.5,
          segment: null,
        })
      }
    }
    expect(await reader.find(`${requests[0]?.base}-99`)).toBeUndefined()
    expect(await reader.find('not an id')).toBeUndefined()
    await log.close()
    expect(files('.open')).toEqual([])
    expect((await everything()).length).toBe(requests.reduce((sum, request) => sum + request.rows.length, 0))
  })

  it('one write for everything of a turn; the note is written once a segment', async () => {
    let writes = 0
    const log = createLogWriter({
      folder,
      files: {
        ...logFiles,
        write(file, bytes) {
          writes += 1
          logFiles.write(file, bytes)
        },
      },
    })
    await Promise.all([1, 2, 3].map(seed => log.append(decidedRequest(seed), 'written')))
    await log.append(decidedRequest(4), 'written')
    // The header of the segment, then two turns.
    expect(writes).toBe(3)
    const [segment] = files('.open')
    expect(validPrefix(readFileSync(join(folder, segment ?? '')), segmentHeaderBytes).frames).toBe(5)
    await log.close()
  })

  it('rotates by size, and the reader follows records into sealed segments', async () => {
    const log = createLogWriter({ folder, segmentBytes: 2000 })
    const reader = createDecisionReader(folder)
    const ids: string[] = []
    for (let seed = 0; seed < 60; seed++) {
      const request = decidedRequest(seed)
      await log.append(request, seed % 2 ? 'written' : 'synced')
      ids.push(`${request.base}-0`)
      expect((await reader.latest('late', { limit: 1 })).items[0]?.predictionId).toBe(ids.at(-1))
    }
    await log.close()
    expect(files('.log').length).toBeGreaterThan(5)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await reader.latest('late', { limit: 7, ...(cursor ? { cursor } : {}) })
      paged.push(...page.items.map(each => each.predictionId))
      cursor = page.next
    } while (cursor)
    expect(paged).toEqual(ids.toReversed())
    expect(await reader.traffic('late', 1_700_000_000_000_500n + 30n)).toMatchObject({
      predictions: 30,
      requests: 30,
      degraded: 6,
    })
    expect(await reader.traffic('other', 0n)).toMatchObject({ predictions: 0, first: null })
  })

  it('numbers go on after a restart; a second release gets its own note', async () => {
    const first = createLogWriter({ folder })
    await first.append(decidedRequest(1), 'synced')
    await first.close()
    const second = createLogWriter({ folder })
    await second.append(decidedRequest(2), 'written')
    await second.append(decidedRequest(3, 1, { ...note, release: 4 }), 'written')
    await second.close()
    expect(files('.log').map(file => file.slice(0, 12))).toEqual(['0-0000000001', '0-0000000002'])
    expect((await everything()).map(each => each.release.release)).toEqual([4, 3, 3])
  })
})

describe('failing disks', () => {
  it('a full disk refuses, loses nothing acknowledged, and recovers without a restart', async () => {
    let room = Number.POSITIVE_INFINITY
    const log = createLogWriter({
      folder,
      files: {
        ...logFiles,
        write(file, bytes) {
          logFiles.write(file, bytes.subarray(0, Math.min(bytes.length, room)))
          if (bytes.length > room) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
        },
      },
    })
    const kept: string[] = []
    for (let seed = 0; seed < 30; seed++) {
      room = seed % 3 === 1 ? seed * 7 : Number.POSITIVE_INFINITY
      const request = decidedRequest(seed, 2)
      if (seed % 3 === 1)
        await expect(log.append(request, 'written')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' })
      else {
        await log.append(request, 'written')
        kept.push(`${request.base}-0`, `${request.base}-1`)
      }
    }
    expect(log.counters()).toMatchObject({ writtenRecords: 40, refusedRecords: 20, failing: false })
    await log.close()
    expect((await everything()).map(each => each.predictionId)).toEqual(kept.toReversed())
  })

  it('what cannot be cut off is left behind: the next segment takes over', async () => {
    let broken = false
    const log = createLogWriter({
      folder,
      files: {
        ...logFiles,
        write(file, bytes) {
          if (!broken) return logFiles.write(file, bytes)
          logFiles.write(file, bytes.subarray(0, 10))
          throw Object.assign(new Error('i/o'), { code: 'EIO' })
        },
        truncate() {
          throw new Error('i/o')
        },
      },
    })
    await log.append(decidedRequest(1), 'written')
    broken = true
    await expect(log.append(decidedRequest(2), 'written')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' })
    broken = false
    await log.append(decidedRequest(3), 'written')
    await log.close()
    expect((await everything()).map(each => each.requestId)).toEqual(['request 3 ü', 'request 1 ü'])
  })

  it('synced is not said when the sync fails', async () => {
    const log = createLogWriter({
      folder,
      files: { ...logFiles, sync: () => Promise.reject(new Error('i/o')) },
    })
    await expect(log.append(decidedRequest(1), 'synced')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' })
    await log.append(decidedRequest(2), 'written')
    await log.close()
  })
})

describe('recovery', () => {
  it('a tail torn at every byte of the last 3 frames keeps every record before it', async () => {
    const log = createLogWriter({ folder })
    for (let seed = 0; seed < 6; seed++) await log.append(decidedRequest(seed), 'written')
    const [segment = ''] = files('.open')
    const whole = readFileSync(join(folder, segment))
    await log.close()
    const ends: number[] = []
    for (let at = segmentHeaderBytes; at < whole.length; ) {
      at += frameHeaderBytes + (framePayloadLength(whole, at) ?? 0)
      ends.push(at)
    }
    for (let cut = ends.at(-4) ?? 0; cut < whole.length; cut++) {
      rmSync(folder, { recursive: true })
      folder = mkdtempSync(join(tmpdir(), 'fettle-log-'))
      writeFileSync(join(folder, segment), whole.subarray(0, cut))
      const kept = ends.filter(end => end <= cut)
      expect(recoverSegments(folder, 0)).toEqual({
        lastSegment: 1,
        frames: kept.length,
        truncatedBytes: cut - (kept.at(-1) ?? 0),
      })
      const [sealed = ''] = files('.log')
      expect(readFileSync(join(folder, sealed))).toEqual(whole.subarray(0, kept.at(-1)))
    }
  })

  it('no header, no segment; other fronts are left alone', () => {
    writeFileSync(join(folder, '0-0000000001-1700000000000.open'), 'FTLP')
    writeFileSync(join(folder, '1-0000000009-1700000000000.open'), 'FTLP')
    expect(recoverSegments(folder, 0)).toEqual({ lastSegment: 1, frames: 0, truncatedBytes: 4 })
    expect(files('.open')).toEqual(['1-0000000009-1700000000000.open'])
  })
})
