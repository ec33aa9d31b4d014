import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { OnDemandData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { packageRoot } from '../../kernel/package-root.ts'
import { type OnDemandOutcome, onDemandBudget, slowRows } from './compile.ts'
import type { OnDemandRunner } from './runner.ts'
import type { WorkerFault, WorkerReply, WorkerRequest } from './worker-protocol.ts'

const heapMegabytes = 64
/** What starting a thread and compiling may take besides, in milliseconds; and the tries a batch has, with one to spare. */
const startMs = 5000
const slack = slowRows + 2

interface Job {
  readonly number: number
  readonly definition: OnDemandData
  readonly rows: WorkerRequest['rows']
  resolve(outcomes: readonly OnDemandOutcome[]): void
  reject(error: FettleError): void
}

/**
 * Runs functions in a thread apart, one batch after the other: no file system, network, environment or clock is in its
 * realm, its heap ends at 64 MiB, and a batch at its budget (features.md §6.3). A thread that ran out of memory, or does
 * not answer, is replaced; only the batch it ran then has errors.
 */
export function workerRunner(script = join(packageRoot(), 'dist', 'on-demand-worker.js')): OnDemandRunner {
  const queue: Job[] = []
  let numbers = 0
  let thread: Thread | undefined
  let running: Job | undefined

  const next = (): void => {
    if (running !== undefined) return
    running = queue.shift()
    if (running === undefined) thread?.idle()
    else {
      thread ??= startThread(script, end)
      thread.run(running)
    }
  }
  /** A thread has answered (`reply`) or is gone (`lost`: why). */
  const end = (from: Thread, result: { reply: WorkerReply } | { lost: FettleError }): void => {
    if (from !== thread) return
    const job = running
    running = undefined
    if ('lost' in result) thread = undefined
    if (job) settle(job, result)
    next()
  }
  return {
    prepare: definition => {
      const number = numbers++
      return rows =>
        rows.length === 0
          ? Promise.resolve([])
          : new Promise((resolve, reject) => {
              queue.push({ number, definition, rows, resolve, reject })
              next()
            })
    },
    close: async () => {
      const last = thread
      thread = undefined
      await last?.stop()
    },
  }
}

function settle(job: Job, result: { reply: WorkerReply } | { lost: FettleError }): void {
  if ('lost' in result) job.resolve(job.rows.map(() => result.lost))
  else if ('fault' in result.reply) job.reject(errorOf(result.reply.fault))
  else
    job.resolve(
      result.reply.outcomes.map(outcome => ('fault' in outcome ? errorOf(outcome.fault) : outcome.values)),
    )
}

function errorOf({ code, message, details }: WorkerFault): FettleError {
  return new FettleError(code, message, { details })
}

interface Thread {
  run(job: Job): void
  /** Nothing to do: does not keep the process alive. */
  idle(): void
  stop(): Promise<unknown>
}

type End = (from: Thread, result: { reply: WorkerReply } | { lost: FettleError }) => void

function startThread(script: string, end: End): Thread {
  const worker = new Worker(script, {
    env: {},
    execArgv: [],
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 8, stackSizeMb: 2 },
  })
  const sent = new Set<number>()
  let timer: NodeJS.Timeout | undefined
  let name = ''
  const thread: Thread = {
    run: job => {
      name = job.definition.name
      worker.ref()
      timer = setTimeout(() => lose('did not answer in time', 'ONDEMAND_TIMEOUT'), patience(job, sent))
      const request: WorkerRequest = sent.has(job.number)
        ? { number: job.number, rows: job.rows }
        : { number: job.number, definition: job.definition, rows: job.rows }
      sent.add(job.number)
      worker.postMessage(request)
    },
    idle: () => worker.unref(),
    stop: () => worker.terminate(),
  }
  const lose = (what: string, code: 'ONDEMAND_TIMEOUT' | 'ONDEMAND_THREW'): void => {
    clearTimeout(timer)
    void worker.terminate()
    end(thread, {
      lost: new FettleError(code, `on-demand feature ${name} ${what}`, { details: { name } }),
    })
  }
  worker.on('message', (reply: WorkerReply) => {
    clearTimeout(timer)
    end(thread, { reply })
  })
  worker.on('error', error =>
    lose(
      Reflect.get(error, 'code') === 'ERR_WORKER_OUT_OF_MEMORY'
        ? `used more than ${heapMegabytes} MiB`
        : `ended its thread: ${error.message}`,
      'ONDEMAND_THREW',
    ),
  )
  return thread
}

function patience(job: Job, sent: ReadonlySet<number>): number {
  return slack * onDemandBudget(job.rows.length) + (sent.has(job.number) ? 500 : startMs)
}
