import cluster, { type Worker } from 'node:cluster'
import type { FrontAddress } from '../adapters/data-plane/http/index.ts'
import { roleCommand } from './build-facts.ts'
import type { FrontRole } from './serving-roles.ts'

/** Several fronts that answer on one port. */
export interface Fronts {
  /** Resolves when all of them answer; rejects when one ends before it does for the first time. */
  readonly ready: Promise<void>
  /** Those that answer now. */
  addresses(): readonly FrontAddress[]
  pids(): readonly number[]
  /** One after another: the next process answers before the former is asked to go. Rejects when one does not start. */
  restart(): Promise<void>
  /** Drains all; again: they hurry. */
  stop(): Promise<void>
}

export interface FrontsOptions {
  readonly count: number
  /** Program, its arguments and node's own, of one front: each process takes a number, and so a log, of its own. */
  readonly program: FrontProgram
  /** Added to the processes' environment: what their command line must not show. */
  readonly environment?: NodeJS.ProcessEnv
  onLine(line: string): void
  /** Addresses have changed. */
  onChange?(addresses: readonly FrontAddress[]): void
}

export interface FrontProgram {
  readonly script: string
  readonly args: readonly string[]
  readonly nodeArgs: readonly string[]
}

/** The front of this Fettle. */
export function frontProgram(role: FrontRole): FrontProgram {
  const [, ...words] = roleCommand('front', role)
  const at = words.findIndex(word => !word.startsWith('--'))
  return { script: words[at] ?? '', args: words.slice(at + 1), nodeArgs: words.slice(0, at) }
}

interface Slot {
  worker: Worker | undefined
  address: FrontAddress | undefined
  pauseMs: number
}

const firstPauseMs = 100
const longestPauseMs = 10_000
/** A process that lived so long did not die of how it was started. */
const settledMs = 10_000
const stopWithinMs = 25_000

/**
 * Keeps fronts running in processes of their own that take connections from one listening socket, each by itself: this
 * process sees no request, and its end only makes them drain.
 */
export function superviseFronts(options: FrontsOptions): Fronts {
  cluster.schedulingPolicy = cluster.SCHED_NONE
  const slots: Slot[] = Array.from({ length: options.count }, () => ({
    worker: undefined,
    address: undefined,
    pauseMs: firstPauseMs,
  }))
  const living = new Set<Worker>()
  let stopping = false
  let restarting: Promise<void> = Promise.resolve()
  const addresses = () => slots.flatMap(({ address }) => address ?? [])
  const changed = () => options.onChange?.(addresses())

  /** Resolves with where a new process answers; rejects with the last it said. */
  function start(): { readonly worker: Worker; readonly ready: Promise<FrontAddress> } {
    const { script, args, nodeArgs } = options.program
    cluster.setupPrimary({ exec: script, args: [...args], execArgv: [...nodeArgs], silent: true })
    const worker = cluster.fork(options.environment)
    living.add(worker)
    worker.once('exit', () => living.delete(worker))
    const tail: string[] = []
    for (const stream of [worker.process.stdout, worker.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) {
          if (line === '') continue
          tail.push(line)
          options.onLine(`front ${worker.process.pid}: ${line}`)
        }
        tail.splice(0, Math.max(0, tail.length - 20))
      })
    }
    const ready = new Promise<FrontAddress>((resolve, reject) => {
      worker.on('message', message => {
        if (typeof (message as Partial<FrontAddress>).dataUrl === 'string') resolve(message as FrontAddress)
      })
      worker.once('exit', () => reject(new Error(tail.join('\n') || 'a front ended before it was ready')))
    })
    return { worker, ready }
  }

  /** The process is the slot's from now on: its end empties the slot, which is filled again. */
  function occupy(slot: Slot, worker: Worker): void {
    const startedAt = performance.now()
    slot.worker = worker
    worker.once('exit', () => {
      if (slot.worker !== worker) return
      slot.worker = undefined
      slot.address = undefined
      changed()
      if (performance.now() - startedAt > settledMs) slot.pauseMs = firstPauseMs
      setTimeout(() => {
        if (!stopping) void fill(slot).catch(() => undefined)
      }, slot.pauseMs).unref()
      slot.pauseMs = Math.min(longestPauseMs, slot.pauseMs * 2)
    })
  }

  async function fill(slot: Slot): Promise<void> {
    const { worker, ready } = start()
    occupy(slot, worker)
    const address = await ready
    if (slot.worker !== worker) return
    slot.address = address
    changed()
  }

  async function replace(slot: Slot): Promise<void> {
    const { worker, ready } = start()
    const address = await ready
    const former = slot.worker
    occupy(slot, worker)
    slot.address = address
    changed()
    if (former) await leave(former)
  }

  async function leave(worker: Worker): Promise<void> {
    if (!living.has(worker)) return
    const ended = new Promise<void>(resolve => worker.once('exit', () => resolve()))
    worker.process.kill('SIGTERM')
    const hard = setTimeout(() => worker.process.kill('SIGKILL'), stopWithinMs)
    await ended
    clearTimeout(hard)
  }

  const ready = Promise.all(slots.map(fill)).then(() => undefined)
  ready.catch(() => undefined)
  return {
    ready,
    addresses,
    pids: () => slots.flatMap(({ worker }) => worker?.process.pid ?? []),
    restart() {
      restarting = restarting
        .catch(() => undefined)
        .then(async () => {
          for (const slot of slots) if (!stopping) await replace(slot)
        })
      return restarting
    },
    async stop() {
      stopping = true
      await Promise.all([...living].map(leave))
    },
  }
}
