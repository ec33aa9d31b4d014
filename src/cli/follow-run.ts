import type { Run } from '../api/pipelines.ts'
import type { FettleClient } from '../client/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Io } from './io.ts'
import { nowLine, stepLines } from './render/run.ts'

const ended: ReadonlySet<Run['state']> = new Set(['succeeded', 'failed', 'cancelled'])

export function isEnded(run: Run): boolean {
  return ended.has(run.state)
}

export interface FollowOptions {
  readonly client: FettleClient
  readonly id: string
  readonly signal: AbortSignal
  readonly onChange: (run: Run) => void
  readonly everyMs?: number
  /** How long a server that does not answer is waited for: it may be starting again. */
  readonly patienceMs?: number
}

/** Looks at a run until it has ended (or `signal` says to stop looking) and hands back its last state. */
export async function followRun({
  client,
  id,
  signal,
  onChange,
  everyMs = 400,
  patienceMs = 30_000,
}: FollowOptions): Promise<Run> {
  let last: Run | undefined
  let silentSince: number | undefined
  for (;;) {
    try {
      const run = await client.api.run({ id })
      silentSince = undefined
      last = run
      onChange(run)
      if (isEnded(run) || signal.aborted) return run
    } catch (error) {
      silentSince ??= Date.now()
      const mayComeBack =
        error instanceof FettleError && (error.code === 'SERVER_UNREACHABLE' || error.code === 'DEADLINE')
      if (signal.aborted && last !== undefined) return last
      if (!mayComeBack || Date.now() - silentSince > patienceMs) throw error
    }
    await sleep(everyMs, signal)
  }
}

export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}

/** Tells the changes of a run: a line for each step that changes state, and on a terminal one line that is drawn over. */
export function runTeller(io: Io): { tell(run: Run): void; end(): void } {
  let before: Run | undefined
  let drawn = false
  const clear = () => {
    if (drawn) io.err('\r\u001b[2K')
    drawn = false
  }
  return {
    tell(run) {
      const lines = stepLines(before, run, io.now())
      const line = io.redraws ? nowLine(run, io.now()).slice(0, io.width - 1) : ''
      clear()
      for (const text of lines) io.err(`${text}\n`)
      if (line !== '') {
        io.err(line)
        drawn = true
      }
      before = run
    },
    end: clear,
  }
}
