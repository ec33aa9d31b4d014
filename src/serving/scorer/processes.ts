import { isFettleError } from '../../kernel/errors/index.ts'
import type { StartScorer } from '../ports.ts'
import type { Breaker } from './breaker.ts'
import { type ScorerLink, type ScorerTest, startScorerLink } from './scorer-link.ts'

/** A scorer process of a pool and what it is doing. */
export interface Worker<Flight> {
  readonly link: ScorerLink
  flight: Flight | undefined
  /** Since when a self-test row is with it. */
  testSince: number | undefined
  /** Busy whenever one was wanted: it comes before the next batch. */
  testDue: boolean
  /** performance.now() at its last answer, and at its last self-test row. */
  heardAt: number
  testedAt: number
  residentBytes: number
  /** Gets no more work; ends when it is idle. */
  leaving: boolean
}

export interface ProcessesOptions {
  readonly releaseFolder: string
  readonly kind?: string
  readonly startScorer: StartScorer
  readonly breaker: Breaker
  /** Processes that score at the same time. */
  readonly actives: number
  readonly standby: boolean
  readonly startMillis?: number
  /** Aborted: nothing is started any more. */
  readonly signal?: AbortSignal
  /** Most resident memory of a process; default 1.5 times what it took when it was warm, at least 128 MiB above that. */
  readonly residentBytes?: number
  /** An active process has nothing to do. */
  onIdle(): void
  onDeath(worker: Worker<unknown>): void
}

/** The scorer processes of one release: those that score, one that waits warm, and the ones that are leaving. */
export interface Processes<Flight> {
  readonly first: ScorerLink
  actives(): readonly Worker<Flight>[]
  standby(): Worker<Flight> | undefined
  /** An active process without work. */
  idle(): Worker<Flight> | undefined
  /** An answer of a worker has been dealt with. */
  heard(worker: Worker<Flight>): void
  /** Asks every process for a self-test row when it is time, and kills those that do not answer. */
  look(now: number, stalledMillis: number): void
  /** Processes that died, or did not start. */
  restarts(): number
  /** Processes that took too much memory. */
  replaced(): number
  /** Resolves when all have ended. */
  close(): Promise<void>
}

/** How often a process is asked for a self-test row. */
const testMillis = 400
/** A self-test row that takes so long never comes. */
const deafMillis = 2000
const headroomBytes = 128 * 1024 * 1024

/** Starts the first process; rejects RELEASE_REFUSED when it does not get ready. The others start behind it. */
export async function startProcesses<Flight>(options: ProcessesOptions): Promise<Processes<Flight>> {
  const { breaker } = options
  const wanted = options.actives + (options.standby ? 1 : 0)
  const first = await startScorerLink(options)
  const limitBytes =
    options.residentBytes ??
    Math.max(first.facts.residentBytes * 1.5, first.facts.residentBytes + headroomBytes)
  let actives: Worker<Flight>[] = []
  let standby: Worker<Flight> | undefined
  let leaving: Worker<Flight>[] = []
  let starting = 0
  let closing = false
  const ending = new AbortController()
  const counters = { restarts: 0, replaced: 0 }

  function adopt(link: ScorerLink): void {
    const worker: Worker<Flight> = {
      link,
      flight: undefined,
      testSince: undefined,
      testDue: false,
      heardAt: performance.now(),
      testedAt: performance.now(),
      residentBytes: link.facts.residentBytes,
      leaving: false,
    }
    if (actives.length < options.actives) actives.push(worker)
    else standby = worker
    link.onDeath(() => onDeath(worker))
    retireFat()
    options.onIdle()
  }

  function onDeath(worker: Worker<Flight>): void {
    if (closing) return
    if (worker.leaving) {
      leaving = leaving.filter(each => each !== worker)
      if (!worker.flight) return
    } else {
      counters.restarts += 1
      breaker.died()
      if (breaker.state() === 'half-open') breaker.tested(false)
    }
    remove(worker)
    options.onDeath(worker)
    fill()
  }

  /** The standby takes the place of an active process at once. */
  function remove(worker: Worker<Flight>): void {
    if (worker === standby) standby = undefined
    if (!actives.includes(worker)) return
    actives = actives.filter(each => each !== worker)
    if (standby) actives.push(standby)
    standby = undefined
  }

  function fill(): void {
    if (closing) return
    for (let missing = wanted - actives.length - (standby ? 1 : 0) - starting; missing > 0; missing--) start()
  }

  function start(): void {
    starting += 1
    const timer = setTimeout(async () => {
      if (closing) return
      try {
        const link = await startScorerLink({ ...options, signal: ending.signal })
        starting -= 1
        adopt(link)
      } catch (error) {
        starting -= 1
        if (closing) return
        counters.restarts += 1
        breaker.died()
        if (breaker.state() === 'half-open') breaker.tested(false)
        if (!isFettleError(error)) throw error
      }
      fill()
    }, breaker.startDelayMillis())
    timer.unref()
  }

  /** One process too large leaves when another can take its place: rows never wait for a start. */
  function retireFat(): void {
    const fat = [standby, ...actives].find(worker => worker && worker.residentBytes > limitBytes)
    if (!fat || starting > 0) return
    if (fat !== standby && !standby && options.standby) return
    if (fat !== standby && !standby) {
      start()
      return
    }
    counters.replaced += 1
    remove(fat)
    leave(fat)
    fill()
    options.onIdle()
  }

  function leave(worker: Worker<Flight>): void {
    worker.leaving = true
    leaving.push(worker)
    if (!worker.flight) void worker.link.close()
  }

  function heard(worker: Worker<Flight>): void {
    worker.heardAt = performance.now()
    if (worker.flight) return
    if (worker.leaving) void worker.link.close()
    else if (worker.testDue) test(worker)
  }

  function test(worker: Worker<Flight>): void {
    worker.testDue = false
    worker.testSince = performance.now()
    worker.link.test(outcome => onTested(worker, outcome))
  }

  function onTested(worker: Worker<Flight>, { ok, residentBytes }: ScorerTest): void {
    worker.testSince = undefined
    worker.testedAt = performance.now()
    worker.residentBytes = residentBytes
    if (!ok) {
      worker.link.kill()
      return
    }
    if (breaker.state() === 'half-open' && actives.includes(worker)) breaker.tested(true)
    heard(worker)
    retireFat()
    options.onIdle()
  }

  function look(now: number, stalledMillis: number): void {
    for (const worker of standby ? [...actives, standby] : actives) {
      if (worker.testSince !== undefined) {
        // While this event loop stood still the answer may have arrived: that time is not the scorer's.
        worker.testSince += stalledMillis
        if (now - worker.testSince > deafMillis) worker.link.kill()
      } else if (now - worker.testedAt > testMillis || breaker.state() === 'half-open') {
        if (worker.flight) worker.testDue = true
        else test(worker)
      }
    }
  }

  adopt(first)
  fill()
  return {
    first,
    actives: () => actives,
    standby: () => standby,
    idle: () => actives.find(worker => !worker.flight && worker.testSince === undefined),
    heard,
    look,
    restarts: () => counters.restarts,
    replaced: () => counters.replaced,
    async close() {
      closing = true
      ending.abort()
      const all = standby ? [...actives, ...leaving, standby] : [...actives, ...leaving]
      await Promise.all(all.map(({ link }) => link.close()))
    },
  }
}
