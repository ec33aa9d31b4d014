import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { messageOf } from '../../kernel/message-of.ts'
import type { ServableRelease } from '../model.ts'
import type { Scorer, ScorerFactory, ScorerRequest } from '../ports.ts'
import {
  createFrameReader,
  decodeDoubles,
  encodeDoubles,
  encodeFrame,
  type Frame,
  frameKinds,
} from './protocol.ts'
import type { ScorerFacts } from './scorer-link.ts'

const warmUpRows = 128

/**
 * The scorer process: loads the model of a release, warms it with rotating rows, runs the release's self-test, says
 * `ready` (or `refused` and why) and then answers batches one after another, in order. Resolves when the front hangs
 * up, which is also how it learns that the front has died.
 */
export async function runScorer(request: ScorerRequest, scorers: ScorerFactory): Promise<void> {
  const socket = await open(request.socket)
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket.on('error', () => undefined)
  const queue: Frame[] = []
  let scorer: TestedScorer | undefined
  let working = false

  async function work(): Promise<void> {
    if (working || !scorer) return
    working = true
    for (let frame = queue.shift(); frame; frame = queue.shift()) socket.write(await answer(scorer, frame))
    working = false
  }

  socket.on(
    'data',
    createFrameReader(frame => {
      queue.push({ ...frame, body: Buffer.from(frame.body) })
      void work()
    }),
  )
  const started = performance.now()
  try {
    const release = JSON.parse(
      await readFile(join(request.releaseFolder, 'release.json'), 'utf8'),
    ) as ServableRelease
    const loaded = await openTestedScorer(release, request.releaseFolder, ofKind(scorers, request.kind))
    const { kind, build } = loaded.scorer
    const facts: ScorerFacts = {
      kind,
      build,
      startMillis: Math.round(performance.now() - started),
      residentBytes: process.memoryUsage.rss(),
      microsPerRow: loaded.microsPerRow,
    }
    socket.write(textFrame(frameKinds.ready, 0, facts))
    scorer = loaded
    void work()
  } catch (error) {
    socket.end(textFrame(frameKinds.refused, 0, { message: messageOf(error) }))
  }
  await closed
  await scorer?.scorer.close()
}

function ofKind(scorers: ScorerFactory, kind: string | undefined): ScorerFactory {
  return kind === undefined ? scorers : { open: request => scorers.open({ ...request, kind }) }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket))
    socket.once('error', reject)
  })
}

/** A scorer with the row that shows whether it still gives what it gave. */
interface TestedScorer {
  readonly scorer: Scorer
  readonly microsPerRow: number
  /** Scores the next self-test row again. */
  test(): Promise<boolean>
}

/** A release's scorer, warm, once it has given the scores of the release's self-test in this process. */
export async function openTestedScorer(
  release: ServableRelease,
  folder: string,
  scorers: ScorerFactory,
): Promise<TestedScorer> {
  const inputs = release.signature.inputs.length
  const scorer = await scorers.open({ folder, format: release.model.format, inputs })
  const rows = release.selfTest.map(each => each.vector.map(value => value ?? Number.NaN))
  const microsPerRow = await warmUp(scorer, rows.length > 0 ? rows : [new Array<number>(inputs).fill(0)])
  const scores = await scorer.score(Float64Array.from(rows.flat()), rows.length)
  const wrong = (i: number, score = Number.NaN) =>
    !(Math.abs(score - (release.selfTest[i]?.score ?? Number.NaN)) <= release.tolerance)
  release.selfTest.forEach((expected, i) => {
    if (wrong(i, scores[i]))
      throw new Error(
        `self-test row ${i} gives ${scores[i]}, not ${expected.score} within ${release.tolerance}`,
      )
  })
  let next = 0
  return {
    scorer,
    microsPerRow,
    async test() {
      const i = next++ % Math.max(1, rows.length)
      const [score] = await scorer.score(Float64Array.from(rows[i] ?? new Array<number>(inputs).fill(0)), 1)
      return rows.length > 0 ? !wrong(i, score) : Number.isFinite(score)
    },
  }
}

/**
 * One row at a time and in batches, over rows that differ: the first real request must not pay for compilation.
 * What a row of the last batch took, in microseconds.
 */
async function warmUp(scorer: Scorer, rows: readonly (readonly number[])[]): Promise<number> {
  let microsPerRow = 0
  for (let i = 0; i < warmUpRows; i++) await scorer.score(Float64Array.from(rows[i % rows.length] ?? []), 1)
  for (const size of [8, 64]) {
    const batch = Array.from({ length: size }, (_, i) => rows[i % rows.length] ?? [])
    const started = performance.now()
    await scorer.score(Float64Array.from(batch.flat()), size)
    microsPerRow = ((performance.now() - started) * 1000) / size
  }
  return microsPerRow
}

async function answer({ scorer, test }: TestedScorer, frame: Frame): Promise<Buffer> {
  if (frame.kind === frameKinds.test) {
    const ok = await test().catch(() => false)
    return textFrame(frameKinds.tested, frame.id, { ok, residentBytes: process.memoryUsage.rss() })
  }
  try {
    const scores = await scorer.score(decodeDoubles(frame.body), frame.rows)
    if (scores.length !== frame.rows) throw new Error(`${scores.length} scores for ${frame.rows} rows`)
    if (!scores.every(Number.isFinite)) throw new Error('a score is not a finite number')
    return encodeDoubles(frameKinds.scores, frame.id, frame.rows, scores)
  } catch (error) {
    return textFrame(frameKinds.failed, frame.id, { message: messageOf(error) })
  }
}

function textFrame(kind: number, id: number, value: unknown): Buffer {
  return encodeFrame({ kind, id, rows: 0, body: Buffer.from(JSON.stringify(value)) })
}
