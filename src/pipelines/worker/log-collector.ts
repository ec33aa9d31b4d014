import { appendFile, open, stat, truncate, writeFile } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '../../kernel/clock.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { cleanLine, type LogStream, maxLineBytes } from '../logs.ts'
import { type AttemptFolder, readJson } from './attempt-folder.ts'

/** Most bytes kept of one attempt's log. */
const maxLogBytes = 1024 ** 3
const chunkBytes = 1024 * 1024

export interface LogCollector {
  /** A line of our own. */
  system(text: string): Promise<void>
  /** Copies what is there since the last time. */
  collect(): Promise<void>
  /** Copies the rest, lines without an end included. */
  finish(): Promise<void>
}

export interface LogCollectorOptions {
  readonly path: string
  readonly folder: AttemptFolder
  readonly clock: Clock
  readonly maxBytes?: number
}

interface Source {
  readonly stream: LogStream
  readonly path: string
  readonly decoder: StringDecoder
  offset: number
  rest: string
}

/**
 * Merges a process's stdout and stderr files into one log of lines with time and stream. The files belong to the
 * process, so nothing it wrote is lost when the worker dies; a later collector goes on where this one was.
 */
export async function createLogCollector(options: LogCollectorOptions): Promise<LogCollector> {
  const { path, folder, clock, maxBytes = maxLogBytes } = options
  const tail = (await readJson<Record<string, number>>(folder.tail)) ?? {}
  const sources: readonly Source[] = [
    newSource('stdout', folder.stdout, tail),
    newSource('stderr', folder.stderr, tail),
  ]
  let size = await stat(path).then(
    found => found.size,
    () => 0,
  )
  let last: Promise<void> = Promise.resolve()

  async function write(stream: LogStream, lines: readonly string[]): Promise<void> {
    if (lines.length === 0 || size > maxBytes) return
    const prefix = `${formatTimestamp(clock.nowMicros())} ${stream} `
    let text = lines.map(line => `${prefix}${cleanLine(line)}\n`).join('')
    if (size + text.length > maxBytes)
      text = `${text.slice(0, Math.max(0, maxBytes - size))}\n${prefix}… the log is cut here: it reached ${maxBytes} bytes\n`
    await appendFile(path, text)
    size = Math.max(size + Buffer.byteLength(text), text.includes('the log is cut here') ? maxBytes + 1 : 0)
  }

  async function drain(source: Source): Promise<void> {
    for (let text = await readMore(source); text !== undefined; text = await readMore(source)) {
      const lines = splitLines(source, text)
      await write(source.stream, lines)
      if (size > maxBytes) await dropSource(source)
    }
  }

  async function collect(): Promise<void> {
    const before = sources.map(source => source.offset).join()
    for (const source of sources) await drain(source)
    if (sources.map(source => source.offset).join() !== before) {
      await writeFile(
        folder.tail,
        JSON.stringify(Object.fromEntries(sources.map(source => [source.stream, source.offset]))),
      )
    }
  }

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work, work)
    return last
  }
  return {
    system: text => inTurn(() => write('system', text.split('\n'))),
    collect: () => inTurn(collect),
    finish: () =>
      inTurn(async () => {
        await collect()
        for (const source of sources) {
          const rest = source.rest + source.decoder.end()
          source.rest = ''
          if (rest !== '') await write(source.stream, [rest])
        }
      }),
  }
}

function newSource(stream: LogStream, path: string, tail: Readonly<Record<string, number>>): Source {
  return { stream, path, offset: tail[stream] ?? 0, rest: '', decoder: new StringDecoder('utf8') }
}

/** The next text of the file; undefined at its end. */
async function readMore(source: Source): Promise<string | undefined> {
  const file = await open(source.path, 'r').catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, source.offset)
    source.offset += bytesRead
    return bytesRead === 0 ? undefined : source.decoder.write(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

/** Whole lines, and pieces of a line that is too long; the rest waits in the source. */
function splitLines(source: Source, text: string): readonly string[] {
  const parts = (source.rest + text).split('\n')
  source.rest = parts.pop() ?? ''
  if (source.rest.length > maxLineBytes) {
    parts.push(source.rest)
    source.rest = ''
  }
  return parts.flatMap(cutLine)
}

function cutLine(line: string): readonly string[] {
  if (line.length <= maxLineBytes) return [line]
  return Array.from({ length: Math.ceil(line.length / maxLineBytes) }, (_, index) =>
    line.slice(index * maxLineBytes, (index + 1) * maxLineBytes),
  )
}

/** Once the log is full, what a process goes on writing must not fill the disk. Its file is open for append. */
async function dropSource(source: Source): Promise<void> {
  await truncate(source.path, 0)
  source.offset = 0
  source.rest = ''
}
