import { type ChildProcess, spawn } from 'node:child_process'
import { roleCommand } from './build-facts.ts'

export interface SupervisedChild {
  /** Resolves with the first message of each incarnation; rejects when the first one ends before it. */
  readonly ready: Promise<unknown>
  stop(): Promise<void>
}

export interface ChildOptions {
  readonly role: string
  readonly options: unknown
  /** Added to the child's environment: what its command line must not show. */
  readonly environment?: Readonly<Record<string, string>>
  /** Called with each incarnation's first message: a restarted child has new ports. */
  onReady(message: unknown): void
  onLine(line: string): void
}

const stopWithinMs = 25_000
const longestPauseMs = 10_000

/**
 * Keeps one role running in a child process: restarted with growing pauses when it dies, stopped with SIGTERM.
 * The child holds an IPC channel and ends itself when the channel closes, so it never outlives this process.
 */
export function supervise({ role, options, environment, onReady, onLine }: ChildOptions): SupervisedChild {
  let child: ChildProcess | undefined
  let stopping = false
  let pauseMs = 100
  let timer: NodeJS.Timeout | undefined
  let settle: { resolve(message: unknown): void; reject(error: Error): void } | undefined
  const ready = new Promise<unknown>((resolve, reject) => {
    settle = { resolve, reject }
  })

  const start = (): void => {
    const [command = '', ...argv] = roleCommand(role, options)
    const started = spawn(command, argv, {
      // Ctrl-C reaches a terminal's whole group; in a group of its own the child stops when its turn comes.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...environment },
    })
    child = started
    const tail: string[] = []
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) {
          if (line === '') continue
          tail.push(line)
          onLine(`${role}: ${line}`)
        }
        tail.splice(0, Math.max(0, tail.length - 20))
      })
    }
    started.once('message', message => {
      pauseMs = 100
      onReady(message)
      settle?.resolve(message)
    })
    started.once('exit', () => {
      if (stopping) return
      settle?.reject(new Error(tail.join('\n') || `${role} ended before it was ready`))
      timer = setTimeout(start, pauseMs)
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    })
  }
  start()
  ready.catch(() => undefined)

  return {
    ready,
    async stop() {
      stopping = true
      clearTimeout(timer)
      const running = child
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const ended = new Promise<void>(resolve => running.once('exit', () => resolve()))
      running.kill('SIGTERM')
      const hard = setTimeout(() => running.kill('SIGKILL'), stopWithinMs)
      await ended
      clearTimeout(hard)
    },
  }
}

/** In a child: says that it is ready; calls `end` on SIGTERM or when the parent is gone, and `hurry` when asked again. */
export function superviseMe(
  end: () => void,
  hurry: () => void = () => undefined,
): { ready(message: unknown): void } {
  let ended = false
  const once = (): void => {
    if (ended) return
    ended = true
    end()
  }
  process.on('SIGTERM', () => {
    if (ended) hurry()
    else once()
  })
  process.on('SIGINT', () => undefined)
  process.on('disconnect', once)
  // The parent may be gone since before this process listened.
  if (process.connected === false) setImmediate(once)
  return { ready: message => process.send?.(message) }
}
