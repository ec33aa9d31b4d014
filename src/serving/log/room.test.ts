import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createDecisionReader } from '../decisions/reader.ts'
import { decidedRequest, note } from '../testing/decided-fixture.ts'
import { logFiles } from './files.ts'
import { nodeOf } from './node.ts'
import { createLogWriter } from './writer.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-room-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('below 2 % of free space nothing is acknowledged; with more it goes on by itself', async () => {
  let free = 0.019
  const log = createLogWriter({ folder, files: { ...logFiles, freeShare: async () => free } })
  await log.append(decidedRequest(1), 'written')
  await expect(log.append(decidedRequest(2), 'written')).rejects.toMatchObject({ code: 'LOG_UNWRITABLE' })
  free = 0.5
  await sleep(1050)
  log.counters()
  await sleep(5)
  await log.append(decidedRequest(3), 'written')
  expect(log.counters()).toMatchObject({ writtenRecords: 2, refusedRecords: 1, freeShare: 0.5 })
  await log.close()
})

it('over 16 MiB that wait to be written are shed, and what was taken is written', async () => {
  const log = createLogWriter({ folder })
  const wide = { ...note, vector: Array.from({ length: 1000 }, (_, i) => `f${i}`), lookups: [] }
  const big = () => {
    const request = decidedRequest(1, 900, wide)
    const [vector, states] = [new Float64Array(1000), new Uint8Array(1000)]
    return { ...request, rows: request.rows.map(row => ({ ...row, vector, states, eventTimes: [] })) }
  }
  const settled = await Promise.allSettled([big(), big(), big()].map(each => log.append(each, 'written')))
  expect(settled.map(each => (each.status === 'rejected' ? each.reason.code : 'written'))).toEqual([
    'written',
    'written',
    'OVERLOADED',
  ])
  const counters = log.counters()
  expect([counters.writtenRecords, counters.refusedRecords]).toEqual([1800, 900])
  await log.close()
  expect((await createDecisionReader(folder).traffic('late', 0n)).predictions).toBe(1800)
})

it('a node keeps its id', async () => {
  const first = nodeOf(folder)
  expect(nodeOf(folder)).toEqual(first)
  expect(first.length).toBe(16)
})
