import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FettleError } from '../kernel/errors/index.ts'
import { isName } from '../kernel/ids.ts'
import { type Micros, parseTimestamp } from '../kernel/time.ts'

export type LogStream = 'stdout' | 'stderr' | 'system'

export interface LogLine {
  /** Byte offset of the line's start. */
  readonly offset: number
  /** When the line was collected. */
  readonly at: Micros | null
  readonly stream: LogStream
  readonly text: string
}

export interface LogLines {
  readonly lines: readonly LogLine[]
  /** Where to read on. */
  readonly next: number
}

export interface LogAddress {
  readonly run: string
  readonly step: string
  readonly attempt: number
}

/** Longest line kept in one piece, in bytes; longer ones are cut into several. */
export const maxLineBytes = 64 * 1024
/** Most bytes one call of `readLog` looks at. */
const windowBytes = 512 * 1024

/** `logs/<run>/<step>/<attempt>.log`. Throws STEP_UNKNOWN for names that are none (they come from URLs). */
export function logPath(folder: string, address: LogAddress): string {
  if (
    !/^prn_[0-9a-z]+$/.test(address.run) ||
    !isName(address.step) ||
    !Number.isSafeInteger(address.attempt)
  ) {
    throw new FettleError('STEP_UNKNOWN', `There is no log of ${address.run}/${address.step}`)
  }
  return join(folder, address.run, address.step, `${address.attempt}.log`)
}

/**
 * Whole lines from a byte offset on, at most half a megabyte of them. Empty when there is nothing new, or no log. An
 * offset inside a line starts at the next one.
 */
export async function readLog(
  folder: string,
  query: LogAddress & { readonly offset: number },
): Promise<LogLines> {
  const window = await readWindow(logPath(folder, query), query.offset)
  const end = window.lastIndexOf(10) + 1
  const lines: LogLine[] = []
  for (let start = 0; start < end; ) {
    const stop = window.indexOf(10, start)
    const line = parseLine(window.toString('utf8', start, stop), query.offset + start)
    if (line !== undefined) lines.push(line)
    start = stop + 1
  }
  return { lines, next: query.offset + end }
}

async function readWindow(path: string, offset: number): Promise<Buffer> {
  const file = await open(path, 'r').catch(ignoreMissing)
  if (file === undefined) return Buffer.alloc(0)
  try {
    const buffer = Buffer.alloc(windowBytes)
    const { bytesRead } = await file.read(buffer, 0, windowBytes, offset)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function parseLine(line: string, offset: number): LogLine | undefined {
  const match = /^(\S+) (stdout|stderr|system) (.*)$/s.exec(line)
  if (match === null) return undefined
  const [, at = '', stream = 'system', text = ''] = match
  return { offset, at: parseTimestamp(at) ?? null, stream: stream as LogStream, text }
}

// Built from text, since control characters in a regular expression's literal look like a mistake.
const escapes = new RegExp(
  [
    '\\u001b\\[[0-?]*[ -/]*[@-~]',
    '\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?',
    '\\u001b[PX^_][^\\u001b]*(?:\\u001b\\\\)?',
    '\\u001b[ -/]*[0-~]',
  ].join('|'),
  'g',
)
const controlRanges = '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f'
const controls = new RegExp(`[${controlRanges}]`, 'g')

/** Text safe to show: escape sequences and control characters are gone; of a line redrawn by carriage returns the last state stays. */
export function cleanLine(text: string): string {
  const redrawn = text.replace(/\r+$/, '').split('\r').at(-1) ?? ''
  return redrawn.replace(escapes, '').replace(controls, '')
}

/** Creates the folder of a log; returns the log's path. */
export async function prepareLog(folder: string, address: LogAddress): Promise<string> {
  const path = logPath(folder, address)
  await mkdir(dirname(path), { recursive: true })
  return path
}
