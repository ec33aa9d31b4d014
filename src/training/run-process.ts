import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { ProgressUpdate } from './ports.ts'

export interface ProcessRequest {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Each whole line of stdout and stderr, as it comes. */
  onLine(line: string): void
  /** When given, FETTLE_PROGRESS_FD names a descriptor whose NDJSON lines arrive here; other lines are ignored. */
  onProgress?(update: ProgressUpdate): void
  readonly signal?: AbortSignal | undefined
}

export interface ProcessEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  /** The last lines it printed, at most 20. */
  readonly tail: readonly string[]
}

const tailLines = 20
const longestLine = 64 * 1024
const killAfterMs = 1500

/** Runs a program to its end. When the signal aborts, it gets SIGTERM, then SIGKILL; the abort reason is thrown. */
export async function runProcess(request: ProcessRequest): Promise<ProcessEnd> {
  request.signal?.throwIfAborted()
  const tail: string[] = []
  const keep = (line: string): void => {
    tail.push(line)
    if (tail.length > tailLines) tail.shift()
    request.onLine(line)
  }
  const env = { ...request.env, ...(request.onProgress ? { FETTLE_PROGRESS_FD: '3' } : {}) }
  const child = spawn(request.command, request.args, {
    cwd: request.cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const readers = [eachLine(child.stdout as Readable, keep), eachLine(child.stderr as Readable, keep)]
  const { onProgress } = request
  const progressLine = (line: string): void => {
    const update = parseProgress(line)
    if (update) onProgress?.(update)
  }
  readers.push(eachLine(child.stdio[3] as Readable, progressLine))
  const stop = stopper(child)
  request.signal?.addEventListener('abort', stop.start)
  try {
    const end = await new Promise<{ exitCode: number | null; signal: string | null }>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (exitCode, signal) => resolve({ exitCode, signal }))
    })
    await Promise.all(readers)
    request.signal?.throwIfAborted()
    return { ...end, tail }
  } finally {
    stop.end()
    request.signal?.removeEventListener('abort', stop.start)
  }
}

function stopper(child: ReturnType<typeof spawn>): { start(): void; end(): void } {
  let timer: NodeJS.Timeout | undefined
  return {
    start() {
      child.kill('SIGTERM')
      timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    },
    end: () => clearTimeout(timer),
  }
}

async function eachLine(stream: Readable, handle: (line: string) => void): Promise<void> {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const piece of stream) {
    const lines = (rest + piece).split(/\r?\n/)
    rest = lines.pop() ?? ''
    for (const line of lines) handle(line)
    if (rest.length > longestLine) {
      handle(rest)
      rest = ''
    }
  }
  if (rest !== '') handle(rest)
}

/** One line of the progress descriptor; undefined when it is no progress. */
export function parseProgress(line: string): ProgressUpdate | undefined {
  try {
    const { done, total, unit, message } = JSON.parse(line) as Record<string, unknown>
    if (typeof done !== 'number' || !Number.isFinite(done)) return undefined
    return {
      done,
      total: typeof total === 'number' ? total : null,
      unit: typeof unit === 'string' ? unit.slice(0, 40) : 'steps',
      message: typeof message === 'string' ? message.slice(0, 200) : '',
    }
  } catch {
    return undefined
  }
}
