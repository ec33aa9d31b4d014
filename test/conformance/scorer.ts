import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type ModelManifest,
  readModelManifest,
  type Scorer,
  type ScorerRequest,
  selfTest,
} from '../../src/evaluation/index.ts'

export interface ScorerUnderTest {
  readonly kind: Scorer['kind']
  open(request: ScorerRequest): Promise<Scorer>
  /** A model folder with self-test vectors on boundaries and with missing values. */
  readonly folder: string
  /** File of the format, for damage. */
  readonly file: string
}

/** The promises of the Scorer port, for every adapter. */
export function scorerConformance({ kind, open, folder, file }: ScorerUnderTest): void {
  describe(`${kind} scorer`, () => {
    let manifest: ModelManifest
    let request: ScorerRequest
    let scorer: Scorer
    beforeAll(async () => {
      manifest = await readModelManifest(folder)
      request = { folder, format: manifest.format, inputs: manifest.inputs.length }
      scorer = await open(request)
    })
    afterAll(() => scorer.close())
    const vectorsOf = (cases: ModelManifest['selfTest']): Float64Array =>
      Float64Array.from(cases.flatMap(item => item.vector.map(value => value ?? Number.NaN)))

    test('says what it is', () => {
      expect(scorer.kind).toBe(kind)
      expect(scorer.build).toMatch(/\S+[ -]\d/)
    })

    test('passes the self-test of the trainer within its tolerance', async () => {
      const result = await selfTest(scorer, manifest.selfTest, manifest.tolerance)
      expect(result.vectors).toBeGreaterThanOrEqual(32)
    })

    test('refuses a self-test that is off', async () => {
      const wrong = manifest.selfTest.map(item => ({ ...item, score: item.score + 0.001 }))
      await expect(selfTest(scorer, wrong, manifest.tolerance)).rejects.toMatchObject({
        code: 'PARITY_FAILED',
      })
    })

    test('a row has the same score alone and in any batch, and every time', async () => {
      const all = vectorsOf(manifest.selfTest)
      const rows = manifest.selfTest.length
      const batch = await scorer.score(all, rows)
      expect(await scorer.score(all, rows)).toEqual(batch)
      for (let row = 0; row < rows; row++) {
        const alone = await scorer.score(all.slice(row * request.inputs, (row + 1) * request.inputs), 1)
        expect(alone[0]).toBe(batch[row])
      }
    })

    test('scores are probabilities', async () => {
      const scores = await scorer.score(vectorsOf(manifest.selfTest), manifest.selfTest.length)
      expect(scores.every(score => score >= 0 && score <= 1)).toBe(true)
    })

    test('inputs are read as float32', async () => {
      const vector = Float64Array.from({ length: request.inputs }, (_, index) => 0.1 + index / 3)
      expect(await scorer.score(vector, 1)).toEqual(await scorer.score(vector.map(Math.fround), 1))
    })

    test('no rows give no scores; its input stays as it was', async () => {
      expect(await scorer.score(new Float64Array(0), 0)).toHaveLength(0)
      const vector = new Float64Array(request.inputs).fill(0.1)
      await scorer.score(vector, 1)
      expect(vector).toEqual(new Float64Array(request.inputs).fill(0.1))
    })

    test('a batch of another length and a signature of another width are refused', async () => {
      await expect(
        (async () => scorer.score(new Float64Array(request.inputs + 1), 1))(),
      ).rejects.toMatchObject({ code: 'LENGTH_MISMATCH' })
      await expect(open({ ...request, inputs: request.inputs + 1 })).rejects.toMatchObject({
        code: 'SIGNATURE_MISMATCH',
      })
    })

    test('a closed scorer says so, and may be closed twice', async () => {
      const other = await open(request)
      await other.close()
      await other.close()
      await expect((async () => other.score(new Float64Array(request.inputs), 1))()).rejects.toMatchObject({
        code: 'SCORER_FAILED',
      })
    })

    test('a damaged or missing file is a model that cannot be read', async () => {
      const copy = await mkdtemp(join(tmpdir(), 'fettle-scorer-'))
      try {
        await cp(folder, copy, { recursive: true })
        const bytes = await readFile(join(copy, file))
        await writeFile(join(copy, file), bytes.subarray(0, bytes.length >> 1))
        await expect(open({ ...request, folder: copy })).rejects.toMatchObject({ code: 'MODEL_UNREADABLE' })
        await rm(join(copy, file))
        await expect(open({ ...request, folder: copy })).rejects.toMatchObject({ code: 'MODEL_UNREADABLE' })
      } finally {
        await rm(copy, { recursive: true })
      }
    })
  })
}
