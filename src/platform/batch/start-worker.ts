import { type ChildProcess, spawn } from 'node:child_process'
import { type ErrorCode, errorCatalogue, FettleError } from '../../kernel/errors/index.ts'
import type { BatchWorker, ScoredPartition } from '../../serving/index.ts'
import type { WorkerReply } from './batch-role.ts'

export interface WorkerProcess {
  /** Command line of a process that runs the batch role. */
  readonly command: readonly string[]
  readonly signal: AbortSignal
  /** Told of each process, for those who watch it. */
  readonly onStarted?: (pid: number) => void
}

/** A worker in a process of its own, which ends with this one and with the signal. Resolves once its scorer is ready. */
export async function startBatchWorker({ command, signal, onStarted }: WorkerProcess): Promise<BatchWorker> {
  const [file = '', ...argv] = command
  const child = spawn(file, argv, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const replies = repliesOf(child)
  const kill = () => child.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  if (child.pid !== undefined) onStarted?.(child.pid)
  const first = await replies.next()
  if ('error' in first) {
    kill()
    throw toError(first.error)
  }
  return {
    async score(partition): Promise<ScoredPartition> {
      child.send(partition, () => undefined)
      const reply = await replies.next()
      if ('scored' in reply) return reply.scored
      throw 'error' in reply ? toError(reply.error) : new Error('a worker said twice that it is ready')
    },
    async close() {
      signal.removeEventListener('abort', kill)
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
      kill()
      await ended
    },
  }
}

/** One answer for each question; an end of the process is an answer, too. */
function repliesOf(child: ChildProcess): { next(): Promise<WorkerReply> } {
  const waiting: ((reply: WorkerReply) => void)[] = []
  const held: WorkerReply[] = []
  let lost: WorkerReply | undefined
  const give = (reply: WorkerReply): void => {
    const take = waiting.shift()
    if (take) take(reply)
    else held.push(reply)
  }
  child.on('message', message => give(message as WorkerReply))
  const end = (why: string): void => {
    lost = { error: { code: 'WORKER_LOST', message: `a scoring process ended: ${why}` } }
    for (const take of waiting.splice(0)) take(lost)
  }
  child.once('error', error => end(error.message))
  // Messages that were sent before the end arrive before `close`.
  child.once('close', (code, signal) => end(signal ?? `code ${code}`))
  return {
    next: () => {
      const ready = held.shift() ?? lost
      return ready ? Promise.resolve(ready) : new Promise(resolve => waiting.push(resolve))
    },
  }
}

function toError({ code, message }: { readonly code: string; readonly message: string }): Error {
  if (code === 'INTERNAL' || !Object.hasOwn(errorCatalogue, code)) return new Error(message)
  return new FettleError(code as ErrorCode, message)
}
