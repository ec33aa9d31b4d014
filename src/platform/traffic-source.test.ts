import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { TrafficRow } from '../deployments/evidence/model.ts'
import { createDecisionReader, createLogWriter } from '../serving/index.ts'
import { decidedRequest } from '../serving/testing/decided-fixture.ts'
import { trafficSource } from './traffic-source.ts'

it('answers and shadows in any pieces, from two fronts that write meanwhile, each once and in the order of its front', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-traffic-'))
  const fronts = [0, 1].map(front => createLogWriter({ folder, front, segmentBytes: 2000 }))
  const source = trafficSource({
    reader: createDecisionReader(folder),
    unitFields: async () => ['origin', 'n'],
  })
  const written: string[][] = [[], []]
  const rows: TrafficRow[] = []
  let cursor: string | null = null
  const read = async (limit: number) => {
    const part = await source.read({ deployment: 'late', cursor, since: 0n, limit })
    rows.push(...part.rows)
    cursor = part.cursor
    return part.done
  }
  for (let seed = 0; seed < 40; seed++) {
    const request = decidedRequest(seed, 2)
    const assignment = { salt: 'late-1', sticky: true, seq: 3 }
    await fronts[seed % 2]?.append({ ...request, assignment }, 'written')
    const shadow = { ...decidedRequest(seed, 2), kind: 'shadow' as const, shadowOf: request.base }
    await fronts[seed % 2]?.append(shadow, 'written')
    await fronts[seed % 2]?.append({ ...decidedRequest(seed), kind: 'demo' }, 'written')
    for (const { base } of [request, shadow]) written[seed % 2]?.push(`${base}-0`, `${base}-1`)
    await read(1 + (seed % 6))
  }
  while (!(await read(7)));
  const ids = rows.map(row => row.predictionId)
  expect(new Set(ids).size).toBe(160)
  for (const own of written) expect(ids.filter(id => own.includes(id))).toEqual(own)
  const shadow = rows.find(row => row.kind === 'shadow')
  const answer = rows.find(row => row.predictionId === shadow?.shadowOf)
  expect(answer).toMatchObject({ kind: 'online', seq: 3, latencyMicros: 15, release: 3, acted: false })
  expect(answer?.unit).toBe(`${answer?.fields['origin']}\u001f${answer?.fields['n']}`)
  expect([shadow?.unit, answer?.fields['origin__busy']]).toEqual([null, null])
  for (const front of fronts) await front.close()
  rmSync(folder, { recursive: true })
})

it('degraded is what fell back for a reason: not who is held back from every model', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-traffic-'))
  const log = createLogWriter({ folder })
  const held = { arm: 'holdback', servedBy: 'fallback', degradedReasons: [] } as const
  await log.append({ ...decidedRequest(1), ...held }, 'written')
  await log.append({ ...decidedRequest(2), servedBy: 'rule', degradedReasons: ['scorer-down'] }, 'written')
  await log.append(decidedRequest(3), 'written')
  await log.close()
  const source = trafficSource({ reader: createDecisionReader(folder), unitFields: async () => undefined })
  const { rows } = await source.read({ deployment: 'late', cursor: null, since: 0n, limit: 10 })
  expect(rows.map(({ arm, degraded }) => [arm, degraded])).toEqual([
    ['holdback', false],
    ['champion', true],
    ['champion', false],
  ])
  rmSync(folder, { recursive: true })
})
