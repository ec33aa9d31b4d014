import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Release } from '../../registry/index.ts'
import { releaseNote } from '../front/signature.ts'
import type { DecisionRecord } from '../model.ts'
import type { OpenExplainer, ScorerFactory } from '../ports.ts'
import { decidedRequest } from '../testing/decided-fixture.ts'
import { writeRelease } from '../testing/release-fixture.ts'
import { withoutValues } from './erase-decision.ts'
import { replayDecision } from './replay-decision.ts'

let serving: string
let folder: string
let release: Release
beforeAll(() => {
  serving = mkdtempSync(join(tmpdir(), 'fettle-replay-'))
  release = writeRelease(serving)
  folder = join(serving, 'releases', release.digest.replace('sha256:', ''))
})
afterAll(() => rmSync(serving, { recursive: true, force: true }))

const scorersOf = (score: number): ScorerFactory => ({
  open: async () => ({
    ...{ kind: 'linear', build: 'b' },
    score: vectors => vectors.map(value => score + 0 * value).subarray(0, 1),
    close: async () => undefined,
  }),
})
const explainer =
  (rawScore: number): OpenExplainer =>
  async () => ({
    variant: 'linear',
    explain: () => ({ baseline: -1, contributions: Float64Array.of(0.5, 0.25), rawScore }),
  })

function recordOf(changes: Partial<DecisionRecord> = {}): DecisionRecord {
  const { rows: _, note: __, ...request } = decidedRequest(1)
  const { action } = release
  return {
    ...{
      ...request,
      predictionId: 'x-0',
      row: 0,
      bucket: null,
      armReason: 'only',
      entity: { origin: 'SEA' },
    },
    release: releaseNote(release, { kind: 'linear', build: 'b' }),
    ...{ eventTimes: [null], segment: null, threshold: action?.threshold ?? null },
    ...{ vector: Float64Array.of(500, 3, 0.4), states: ['request', 'fresh', 'fresh'] },
    ...{ score: 0.97, acted: true, action: action?.name ?? null, logged: { segment: 's', offset: 64 } },
    ...changes,
  }
}

async function outcomes(record: DecisionRecord, score = 0.97, rawScore = -0.25) {
  const parts = { release, folder, scorers: scorersOf(score), openExplainer: explainer(rawScore) }
  const lines = await replayDecision(record, parts)
  return Object.fromEntries(lines.map(line => [line.what, line.outcome]))
}

it('a decision done again is the same to the bit, or says what differs', async () => {
  const same = {
    'file weights.json': 'same',
    score: 'same',
    threshold: 'same',
    action: 'same',
    contributions: 'same',
  }
  expect(await outcomes(recordOf())).toEqual(same)
  const near = 0.97 + Math.min(release.tolerance / 2, 2e-16)
  expect(near).not.toBe(0.97)
  expect(await outcomes(recordOf(), near, -0.25 + 1e-9)).toEqual({
    ...{ ...same, score: 'within-tolerance', contributions: 'within-tolerance' },
  })
  expect(await outcomes(recordOf(), 0.5, 0)).toMatchObject({ score: 'differs', contributions: 'differs' })
  expect(await outcomes(recordOf({ score: -0 }), 0)).toMatchObject({ score: 'within-tolerance' })
  expect(await outcomes(recordOf({ action: null, threshold: 0.99 }))).toMatchObject({
    ...{ score: 'same', threshold: 'differs', action: 'differs' },
  })
})

it('what did not come from the model, or is gone, is said to be unavailable', async () => {
  expect(await outcomes(recordOf({ servedBy: 'rule' }))).toMatchObject({ score: 'unavailable' })
  // The record of what the former champion answered is of its release.
  expect(await outcomes(recordOf({ servedBy: 'former' }))).toMatchObject({ score: 'same' })
  expect(await outcomes(withoutValues(recordOf()))).toMatchObject({
    ...{ score: 'unavailable', action: 'unavailable', contributions: 'unavailable' },
  })
  const constant = recordOf({ servedBy: 'fallback', score: release.fallback.score })
  expect(await outcomes(constant)).toMatchObject({ score: 'same' })
  const parts = { release, folder: serving, scorers: scorersOf(0.97), openExplainer: async () => undefined }
  const lines = await replayDecision(recordOf(), parts)
  expect(lines.find(line => line.what === 'file weights.json')).toMatchObject({ outcome: 'unavailable' })
  expect(lines.find(line => line.what === 'contributions')?.reason).toContain('no exact explanation')
  writeFileSync(join(serving, 'weights.json'), '{}')
  const [file] = await replayDecision(recordOf(), parts)
  expect(file).toMatchObject({ outcome: 'differs' })
})
