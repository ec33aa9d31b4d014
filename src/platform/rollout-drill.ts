import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { httpDataPlane } from '../adapters/data-plane/http/index.ts'
import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import {
  type DrillReport,
  drillReport,
  type GateRow,
  isDrillDue,
  madeRows,
  releaseFolder,
} from '../deployments/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { formatTimestamp } from '../kernel/time.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import type { Release } from '../registry/index.ts'
import { createDecisionReader } from '../serving/index.ts'
import { type IsolatedCopy, startCopy } from './gate/copy.ts'

export interface DrillParts {
  readonly database: MetadataDatabase
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly workFolder: string
}

const settleMillis = 300
const afterMillis = 700
const readyMillis = 20_000

/**
 * Rehearses a rollback where nobody is: what serves, and what served before it, in a copy that is under load; reports how long
 * the former release took to come back, and whether a request or a prediction was lost. Throws ILLEGAL_TRANSITION where there
 * is no way back.
 */
export function rolloutDrill({ database, objects, clock, workFolder }: DrillParts) {
  return async (deployment: string): Promise<DrillReport> => {
    const { from, to } = await bothReleases(database, deployment)
    const rows = madeRows(
      from,
      from.selfTest.map(({ vector }) => vector),
    )
    const folder = await mkdtemp(join(workFolder, 'drill-'))
    const copy = await startCopy({
      ...{ folder, objects, rows, onLine: () => undefined },
      releases: { candidate: from, champion: to },
    })
    try {
      const measured = await rehearse(copy, { objects, from, to, rows })
      return drillReport({
        ...{ deployment, at: formatTimestamp(clock.nowMicros()), from: from.number, to: to.number },
        ...measured,
      })
    } finally {
      await copy.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function bothReleases(
  { read }: MetadataDatabase,
  deployment: string,
): Promise<{ readonly from: Release; readonly to: Release }> {
  const servings = await read.deployments.listServings(deployment)
  const releases = await read.deployments.listReleases(deployment)
  const now = servings[0]?.number
  const before = servings.find(({ number }) => number !== now)?.number
  const find = (number: number | undefined) =>
    releases.find(({ release }) => release.number === number)?.release
  const [from, to] = [find(now), find(before)]
  if (from && to) return { from, to }
  throw new FettleError(
    'ILLEGAL_TRANSITION',
    `nothing served "${deployment}" before, so there is no rollback to rehearse`,
  )
}

interface Rehearsal {
  readonly objects: ObjectStore
  readonly from: Release
  readonly to: Release
  readonly rows: readonly GateRow[]
}

interface Sent {
  readonly at: number
  readonly ok: boolean
  /** Release that answered. */
  readonly release: string | null
  readonly ids: readonly string[]
}

async function rehearse(
  copy: IsolatedCopy,
  { objects, from, to, rows }: Rehearsal,
): Promise<Pick<DrillReport, 'flippedMs' | 'requests' | 'failed' | 'lost'>> {
  const pointers = releaseFolder(copy.servingFolder, objects)
  const routing = {
    ...{ salt: 'drill-1', unit: [], arms: [], shadows: [], pins: [], exclude: [] },
  }
  await pointers.route('candidate', {
    digest: from.digest,
    routing: { ...routing, seq: 1, warm: [to.digest] },
  })
  await ready(copy, to.digest)
  const load = startLoad(copy.dataUrl, rows)
  await pause(settleMillis)
  const commanded = performance.now()
  await pointers.route('candidate', {
    digest: to.digest,
    routing: { ...routing, seq: 2, warm: [from.digest] },
  })
  await pause(afterMillis)
  const sent = await load.stop()
  const old = sent.filter(({ ok, release, at }) => ok && at >= commanded && release === String(from.number))
  const flipped = sent.some(({ ok, release }) => ok && release === String(to.number))
  const lost = await missingFromLog(
    copy.servingFolder,
    from.deployment,
    sent.flatMap(({ ids }) => ids),
  )
  return {
    flippedMs: flipped ? Math.max(0, ...old.map(({ at }) => at - commanded)) : Number.MAX_SAFE_INTEGER,
    requests: sent.length,
    failed: sent.filter(({ ok }) => !ok).length,
    lost,
  }
}

/** Both releases are loaded: the way back is warm, as it is where they serve. */
async function ready(copy: IsolatedCopy, former: string): Promise<void> {
  const { counts } = httpDataPlane(() => copy)
  const until = performance.now() + readyMillis
  for (;;) {
    const { ready: isReady, refusal } = await copy.status('candidate')
    const routers = (await counts('candidate'))?.routers ?? []
    if (isReady && routers.some(({ loaded, seq }) => seq === 1 && loaded.includes(former))) return
    if (refusal !== null || performance.now() > until)
      throw new FettleError(
        'NOT_READY',
        `the copy does not answer: ${refusal ?? 'its scorer does not start'}`,
      )
    await pause(50)
  }
}

/** One request after another, so that the copy takes nothing from what serves beside it. */
function startLoad(dataUrl: string, rows: readonly GateRow[]) {
  const sent: Sent[] = []
  let going = true
  const running = (async () => {
    for (let at = 0; going; at++) {
      const row = rows[at % rows.length]
      if (row !== undefined) sent.push(await ask(dataUrl, row))
      await pause(2)
    }
  })()
  return {
    async stop(): Promise<readonly Sent[]> {
      going = false
      await running
      return sent
    },
  }
}

async function ask(dataUrl: string, { request }: GateRow): Promise<Sent> {
  const at = performance.now()
  try {
    const reply = await fetch(`${dataUrl}/predict/candidate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ rows: [request] }),
      signal: AbortSignal.timeout(5_000),
    })
    const { predictions = [] } = (await reply.json()) as {
      readonly predictions?: readonly { readonly prediction_id: string; readonly served_by: string }[]
    }
    return {
      ...{ at, ok: reply.ok && predictions.every(({ served_by }) => served_by === 'model') },
      release: reply.headers.get('fettle-release'),
      ids: predictions.map(({ prediction_id }) => prediction_id),
    }
  } catch {
    return { at, ok: false, release: null, ids: [] }
  }
}

async function missingFromLog(
  servingFolder: string,
  deployment: string,
  ids: readonly string[],
): Promise<number> {
  const reader = createDecisionReader(join(servingFolder, 'log'))
  const logged = new Set<string>()
  let cursor: string | null = null
  for (let done = false; !done; ) {
    const found: Awaited<ReturnType<typeof reader.scan>> = await reader.scan({
      ...{ deployment, since: 0n, cursor, limit: 5_000 },
    })
    for (const { predictionId } of found.records) logged.add(predictionId)
    cursor = found.cursor
    done = found.done
  }
  return ids.filter(id => !logged.has(id)).length
}

export interface DrillDutyParts extends Pick<DrillParts, 'database' | 'clock'> {
  drill(deployment: string): Promise<DrillReport>
  definedDeployments(): Promise<readonly { readonly name: string }[]>
  onFault(error: unknown): void
}

const lookEveryMs = 600_000

/** Every deployment that has a way back rehearses it once a week, one after another. */
export function drillDuty({ database, clock, drill, definedDeployments, onFault }: DrillDutyParts) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  const look = async (): Promise<void> => {
    for (const { name } of await definedDeployments())
      if (await isDrillDue({ uow: database, clock }, name)) await drill(name)
  }
  return {
    start() {
      timer ??= setInterval(() => {
        running = running.then(look).catch(onFault)
      }, lookEveryMs)
      timer.unref()
    },
    async stop() {
      clearInterval(timer)
      timer = undefined
      await running
    },
  }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
