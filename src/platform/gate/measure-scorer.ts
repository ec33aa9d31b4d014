import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import type { Scorer, ScorerRequest } from '../../evaluation/index.ts'
import { roleCommand } from '../build-facts.ts'
import type { ParityRows } from './scorer-rows.ts'

/** Rows of one call at which scorers are measured. */
export const measuredSizes = [1, 8, 64] as const
/** Distinct rows that calls take turns with, so that no scorer lives off one row in its caches. */
const rotatingRows = 512
const rounds = 3
const roundMicros = 30_000
const parityBatch = 512
const mostMillis = 120_000
/** A scorer that waits for somebody else uses no CPU meanwhile. */
const roundMillis = 500

/** What a process that measures one scorer is told; it ends when it has. */
export interface MeasureRole extends ScorerRequest {
  readonly kind: string
  /** Float64, row-major. */
  readonly vectorsFile: string
  readonly rows: number
  /** Where its Float64 scores go. */
  readonly scoresFile: string
}

export interface MeasuredScorer extends Pick<Scorer, 'kind' | 'build'> {
  /** CPU of the process for one call, in microseconds, by {@link measuredSizes}. */
  readonly callMicros: readonly number[]
}

const run = promisify(execFile)

/** Measures a scorer in a process of its own. Rejects with what that process said. */
export async function measureScorer(
  role: MeasureRole,
  signal: AbortSignal,
): Promise<MeasuredScorer & { readonly scores: Float64Array }> {
  const [command = '', ...argv] = roleCommand('measure-scorer', role)
  const { stdout } = await run(command, argv, { signal, timeout: mostMillis })
  const measured = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as MeasuredScorer
  return { ...measured, scores: doublesOf(await readFile(role.scoresFile)) }
}

/** The process: scores every row, then rotates over some at each size of call, and prints what it measured. */
export async function measureScorerRole(role: MeasureRole): Promise<void> {
  const vectors = doublesOf(await readFile(role.vectorsFile))
  const { folder, format, inputs, kind } = role
  const scorer = await scorerFactory.open({ folder, format, inputs, kind })
  const given = { vectors, rows: role.rows }
  await writeFile(role.scoresFile, await scoreAll(scorer, given))
  const callMicros: number[] = []
  for (const size of measuredSizes) callMicros.push(await cpuOfCall(scorer, given, size))
  await scorer.close()
  const measured: MeasuredScorer = { kind: scorer.kind, build: scorer.build, callMicros }
  process.stdout.write(`${JSON.stringify(measured)}\n`)
}

async function scoreAll(scorer: Scorer, { vectors, rows }: ParityRows): Promise<Float64Array> {
  const width = vectors.length / rows
  const scores = new Float64Array(rows)
  for (let from = 0; from < rows; from += parityBatch) {
    const to = Math.min(rows, from + parityBatch)
    scores.set(await scorer.score(vectors.subarray(from * width, to * width), to - from), from)
  }
  return scores
}

/** The least of some rounds: what else the process did is not the scorer's. */
async function cpuOfCall(scorer: Scorer, { vectors, rows }: ParityRows, size: number): Promise<number> {
  const width = vectors.length / rows
  const places = Math.max(1, Math.floor(Math.min(rows, Math.max(rotatingRows, size)) / size))
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round <= rounds; round++) {
    let calls = 0
    let spent = 0
    const until = performance.now() + roundMillis
    const started = process.cpuUsage()
    while (spent < roundMicros && performance.now() < until) {
      for (let place = 0; place < places && performance.now() < until; place++) {
        const from = place * size * width
        await scorer.score(vectors.subarray(from, from + size * width), size)
        calls += 1
      }
      const { user, system } = process.cpuUsage(started)
      spent = user + system
    }
    // The first round is for compilers and caches.
    if (round > 0) least = Math.min(least, spent / calls)
  }
  return least
}

/** A copy: bytes of a file need not stand on an eight-byte boundary. */
function doublesOf(bytes: Buffer): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer)
}
