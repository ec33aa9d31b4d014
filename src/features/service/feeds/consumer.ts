import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceData } from '../../../definitions/model.ts'
import { sha256Hex } from '../../../kernel/canonical.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { messageOf } from '../../../kernel/message-of.ts'
import type { Value } from '../../../kernel/values/index.ts'
import type { FeatureWriteReport, FeatureWriteRequest } from '../model.ts'
import type { FeedPiece, FeedReader } from '../ports.ts'
import { decodeLine } from './decode-line.ts'

export interface FeedOptions {
  readonly source: string
  readonly reader: FeedReader
  /** The source as it is applied now; undefined: it is not, and the feed waits. */
  definition(): SourceData | undefined
  write(request: FeatureWriteRequest): Promise<FeatureWriteReport>
  /** End of the last piece whose rows are in the journal. */
  journalled(): string | null
  /** Position and quarantine are kept here. */
  readonly folder: string
  readonly clock: Clock
  readonly report: (line: string) => void
  /** Between two looks at a feed that has nothing. Default 200 ms. */
  readonly pollMillis?: number
}

export interface RunningFeed {
  /** Lines that became no row. */
  quarantined(): number
  close(): Promise<void>
}

const batchPrefix = 'feed '
const maxBackoff = 30_000

/** Where the piece of this batch ended; undefined for a batch of another kind. */
export function feedEnd(batchId: string): string | undefined {
  return batchId.startsWith(batchPrefix) ? batchId.slice(batchId.indexOf('..') + 2) : undefined
}

/**
 * Takes a feed into its source: every piece is one batch whose id says from where to where it goes. The journal is the
 * position: after a crash reading goes on behind the last piece in it, so that each line counts once. A line that is no
 * row, and a row that is rejected, goes to `quarantine.jsonl` and never stops the feed.
 */
export function runFeed(options: FeedOptions): RunningFeed {
  const { source, reader, pollMillis = 200 } = options
  mkdirSync(options.folder, { recursive: true })
  let position = readPosition(options.folder, options.journalled())
  let quarantined = 0
  let closed = false
  let wake = (): void => undefined
  const wait = (millis: number): Promise<void> =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, millis)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  /** True when there was something. */
  async function step(): Promise<boolean> {
    const definition = options.definition()
    const piece = definition && (await reader.next(position))
    if (!definition || !piece) return false
    quarantined += await take(options, { definition, piece, after: position })
    position = piece.end
    writePosition(options.folder, { position, journalled: options.journalled() })
    return true
  }

  async function run(): Promise<void> {
    let failures = 0
    while (!closed) {
      try {
        const more = await step()
        if (failures > 0) options.report(`feed of ${source}: reads again`)
        failures = 0
        if (!more) await wait(pollMillis)
      } catch (error) {
        if (failures === 0) options.report(`feed of ${source}: ${messageOf(error)}`)
        failures += 1
        await wait(Math.min(maxBackoff, pollMillis * 2 ** Math.min(failures, 10)))
      }
    }
  }

  const running = run()
  return {
    quarantined: () => quarantined,
    async close() {
      closed = true
      wake()
      await running
      await reader.close()
    },
  }
}

interface Taken {
  readonly definition: SourceData
  readonly piece: FeedPiece
  readonly after: string | null
}

/** Writes the rows of a piece; says how many of its lines were put aside. */
async function take(options: FeedOptions, { definition, piece, after }: Taken): Promise<number> {
  const rows: (readonly Value[])[] = []
  const places: FeedPiece['lines'][number][] = []
  const bad: Bad[] = []
  for (const line of piece.lines) {
    const row = decodeLine(definition, line.text)
    if (typeof row === 'string') bad.push({ ...line, why: row })
    else {
      rows.push(row)
      places.push(line)
    }
  }
  if (rows.length > 0) {
    const report = await options.write({
      source: options.source,
      rows,
      now: options.clock.nowMicros(),
      batchId: `${batchPrefix}${after ?? ''}..${piece.end}`,
      bodyHash: sha256Hex(piece.lines.map(line => line.text).join('\n')),
    })
    for (const { row, outcome, code } of report.rows)
      if (outcome === 'rejected') bad.push({ at: '', text: '', ...places[row], why: code ?? 'rejected' })
  }
  if (bad.length > 0) putAside(options, bad)
  return bad.length
}

interface Bad {
  readonly at: string
  readonly text: string
  readonly why: string
}

function putAside({ folder, source, report }: FeedOptions, bad: readonly Bad[]): void {
  const lines = bad.map(({ at, why, text }) => `${JSON.stringify({ at, why, text })}\n`)
  appendFileSync(join(folder, 'quarantine.jsonl'), lines.join(''))
  report(`feed of ${source}: ${bad.length} lines put aside; the first, at ${bad[0]?.at}: ${bad[0]?.why}`)
}

const positionFile = (folder: string): string => join(folder, 'feed-position')

interface Position {
  readonly position: string
  /** End of the last piece in the journal then: pieces without a good row are not there. */
  readonly journalled: string | null
}

function readPosition(folder: string, journalled: string | null): string | null {
  try {
    const kept = JSON.parse(readFileSync(positionFile(folder), 'utf8')) as Position
    return journalled === null || kept.journalled === journalled ? kept.position : journalled
  } catch {
    return journalled
  }
}

function writePosition(folder: string, position: Position): void {
  writeFileSync(`${positionFile(folder)}.new`, JSON.stringify(position))
  renameSync(`${positionFile(folder)}.new`, positionFile(folder))
}
