import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  createFeatureService,
  type FeatureService,
  type OnlineStore,
  prepareFeatures,
  writeFeatureCatalog,
} from '../features/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { parseTimestamp } from '../kernel/time.ts'
import type { LosslessJson } from '../kernel/values/index.ts'
import { createFeastServer, type MaterializeFeatures } from '../serving/index.ts'
import { playExchange } from './feast-exchange.ts'
import { type FeastView, feastCatalog, feastViews } from './feast-setup.ts'
import {
  type CaseOutcome,
  failed,
  type PlayContext,
  type PlayedCase,
  passed,
  type VectorObject,
} from './model.ts'
import { caseName, guard } from './play-cases.ts'
import { loadFromMemory } from './play-online-load.ts'
import { list, object, rowsOf, textOf } from './read.ts'

/** Plays kind `feast-http`: exchanges in order against one server over HTTP, its clock stopped. */
export async function* playFeast(file: VectorObject, context: PlayContext): AsyncIterable<PlayedCase> {
  for (const [index, each] of list(file.get('cases')).entries()) {
    const played = object(each)
    const name = caseName(played, index)
    let server: RunningServer | undefined
    const outcome = await guard(async () => {
      server = await startServer(object(played.get('setup')), {
        store: await context.runtime.openStore(join(context.folder, `case-${index}-store`)),
        folder: join(context.folder, `case-${index}`),
      })
      return passed
    })
    if (!server) {
      yield { name, outcome }
      continue
    }
    for (const [at, exchange] of list(played.get('exchanges')).map(object).entries())
      yield {
        name: `${name}, ${caseName(exchange, at)}`,
        outcome: await guard(() => outcomeOf(server?.base ?? '', exchange)),
      }
    await server.close()
  }
}

async function outcomeOf(base: string, exchange: VectorObject): Promise<CaseOutcome> {
  const difference = await playExchange(base, exchange)
  return difference === undefined ? passed : failed(difference)
}

interface RunningServer {
  readonly base: string
  close(): Promise<void>
}

interface Place {
  readonly store: OnlineStore
  readonly folder: string
}

async function startServer(setup: VectorObject, { store, folder }: Place): Promise<RunningServer> {
  const now = parseTimestamp(textOf(setup.get('serverTime'))) ?? 0n
  const clock: Clock = { nowMicros: () => now }
  const views = feastViews(setup)
  const loads = list(setup.get('load')).map(object)
  const load = async (name: string, keep: (event: unknown) => boolean): Promise<void> => {
    const found = views.find(each => each.view.name === name)
    const loaded = loads.filter(each => each.get('view') === name)
    if (!found || loaded.length === 0) return
    const rows = loaded.flatMap(each => list(each.get('rows'))).filter(row => keep(eventOf(found, row)))
    await loadFromMemory({ store, ...found }, rows, now)
  }
  for (const { view } of views) await load(view.name, () => true)
  const catalogFile = join(folder, 'catalog.json')
  await writeFeatureCatalog(catalogFile, feastCatalog(setup, views))
  const features = await createFeatureService({
    store,
    prepareFeatures: served => prepareFeatures(store, served),
    catalogFile,
    journalFolder: join(folder, 'journal'),
    clock,
  })
  const materialize: MaterializeFeatures = async ({ views: names, start, end }) => {
    for (const name of names)
      await load(
        name,
        event => typeof event === 'bigint' && (start === null || event >= start) && event <= end,
      )
  }
  const server = createFeastServer({ ...host, features, featureClock: clock, materialize })
  return listening(server, { features, store })
}

const host = {
  limits: { bodyBytes: 64 << 20, totalBytes: 256 << 20 },
  budget: { held: 0 },
  onIncident: (id: string, error: unknown) => process.stderr.write(`incident ${id}: ${String(error)}\n`),
  draining: false,
  inFlight: 0,
}

function eventOf({ source }: FeastView, row: LosslessJson): unknown {
  return rowsOf(source.columns, [row]).rows[0]?.[
    source.columns.findIndex(each => each.name === source.eventTime)
  ]
}

async function listening(
  server: Server,
  { features, store }: { readonly features: FeatureService; readonly store: OnlineStore },
): Promise<RunningServer> {
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => {
        server.close(resolve)
      })
      await features.close()
      await store.close()
    },
  }
}
