/**
 * CPU of a row by scorer and rows of a call: the same 100 trees of depth 6 over 30 inputs as typed arrays and by ONNX
 * Runtime on one thread, in turns, at 512 distinct rows that rotate. Only the scorer: no socket, no HTTP.
 *
 *     node scripts/run.mjs bench/scorers.ts
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openOnnx, openTrees, scorerFactory } from '../src/adapters/scorers/index.ts'
import type { Scorer } from '../src/evaluation/index.ts'
import { writeModel } from './batch/fixture.ts'
import { random } from './predict/fixture.ts'

const sizes = [1, 8, 64, 512]
const rows = 512
const rounds = 7
const roundMicros = 100_000

const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-scorers-'))
try {
  const { folder: files, columns } = await writeModel(folder, scorerFactory)
  const request = { folder: files, format: 'onnx' as const, inputs: columns.length }
  const scorers = [await openTrees(request), await openOnnx(request)]
  const vectors = Float64Array.from({ length: rows * columns.length }, (_, i) => random(i + 7) * 100)
  const figures = new Map<string, number[]>()
  for (let round = 0; round <= rounds; round++)
    for (const size of sizes)
      for (const scorer of scorers) {
        const micros = await cpuOfRow(scorer, vectors, size)
        const key = `${scorer.kind} ${size}`
        if (round > 0) figures.set(key, [...(figures.get(key) ?? []), micros])
      }
  process.stdout.write(`${scorers.map(({ build }) => build).join(' and ')}; ${rounds} rounds\n`)
  process.stdout.write(
    'rows of a call   trees, µs CPU a row        onnx, µs CPU a row         onnx / trees\n',
  )
  for (const size of sizes) {
    const [trees, onnx] = ['trees', 'onnx'].map(kind => spread(figures.get(`${kind} ${size}`) ?? []))
    if (trees && onnx)
      process.stdout.write(
        `${String(size).padEnd(17)}${trees.text.padEnd(27)}${onnx.text.padEnd(27)}${(onnx.median / trees.median).toFixed(2)}\n`,
      )
  }
  await Promise.all(scorers.map(scorer => scorer.close()))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function cpuOfRow(scorer: Scorer, vectors: Float64Array, size: number): Promise<number> {
  const width = vectors.length / rows
  let scored = 0
  let spent = 0
  const started = process.cpuUsage()
  while (spent < roundMicros) {
    for (let from = 0; from < rows; from += size)
      await scorer.score(vectors.subarray(from * width, (from + size) * width), size)
    scored += rows
    const { user, system } = process.cpuUsage(started)
    spent = user + system
  }
  return spent / scored
}

function spread(values: readonly number[]): { readonly median: number; readonly text: string } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
  const text = `${at(0.5).toFixed(2)} (${at(0).toFixed(2)} – ${at(1).toFixed(2)})`
  return { median: at(0.5), text }
}
