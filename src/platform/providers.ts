import { createDuckDBEngine } from '../adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import { openRedisStore, probeRedis } from '../adapters/online/redis/index.ts'
import { type OfflineEngine, type OnlineStore, quarantining } from '../features/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import { embeddedProviders, type Providers } from '../projects/project-file.ts'
import { notThere, resolved, shownProvider } from './provider-names.ts'

/** Providers as roles are given them: `env:NAME` replaced by what it stands for. Throws STORE_UNAVAILABLE. */
export function resolveProviders(providers: Providers): Providers {
  const { offline, online, metadata, objects } = providers
  return {
    ...providers,
    ...{ offline: resolved(offline), online: resolved(online) },
    ...{ metadata: resolved(metadata), objects: resolved(objects) },
  }
}

/** The offline engine a project's configuration names. Throws ENGINE_UNAVAILABLE when it cannot be reached. */
export async function openEngine(
  providers: Providers,
  options: { readonly temporaryFolder: string },
): Promise<OfflineEngine> {
  const name = resolved(providers.offline)
  if (name === 'duckdb') {
    const limit = providers.memory === undefined ? {} : { memoryLimit: providers.memory }
    return quarantining(createDuckDBEngine({ ...options, ...limit }))
  }
  if (name.startsWith('sc://')) {
    const { createSparkEngine } = await import('../adapters/engines/spark/index.ts')
    return quarantining(await createSparkEngine({ url: name, ...options }))
  }
  throw notThere(name)
}

export interface OnlineStorePlace {
  /** Where the embedded store lives. */
  readonly folder: string
  /** Whose features these are, in a store of many. */
  readonly project: string
  /** Called when a shared store turns out to have been emptied and may be filled again. */
  readonly onEmptied?: () => void
}

/** The online store a project's configuration names. Throws STORE_UNAVAILABLE when it cannot be reached. */
export async function openOnlineStore(providers: Providers, place: OnlineStorePlace): Promise<OnlineStore> {
  const name = resolved(providers.online)
  if (name === 'lmdb') return openLmdbStore({ folder: place.folder })
  if (/^rediss?:/.test(name)) return openRedisStore({ ...place, url: name })
  throw notThere(name)
}

/** What one provider is and whether it can be used, without secrets. */
export interface ProviderState {
  readonly role: 'offline' | 'online' | 'metadata' | 'objects'
  /** `duckdb`, `lmdb`, `sqlite`, `filesystem`, or a URL without its user and password. */
  readonly name: string
  readonly embedded: boolean
  /** Of online stores: what an acknowledged write survives. */
  readonly durability: 'durable' | 'rebuildable' | null
  /** Why it cannot be used; null when it can. */
  readonly failure: string | null
}

const probeMs = 2_000

/** Asks each provider whether it answers; takes at most a few seconds and never throws. */
export async function probeProviders(providers: Providers): Promise<readonly ProviderState[]> {
  return Promise.all(
    (['offline', 'online', 'metadata', 'objects'] as const).map(role => probe(role, providers[role])),
  )
}

async function probe(role: ProviderState['role'], written: string): Promise<ProviderState> {
  const embedded = written === embeddedProviders[role]
  const state = { role, embedded, name: written, durability: null, failure: null }
  if (embedded) return { ...state, durability: role === 'online' ? 'durable' : null }
  try {
    const url = resolved(written)
    const name = shownProvider(url)
    try {
      return { ...state, name, durability: await ask(url) }
    } catch (error) {
      return { ...state, name, failure: messageOf(error) }
    }
  } catch (error) {
    return { ...state, failure: messageOf(error) }
  }
}

/** Throws what is wrong with it. */
async function ask(url: string): Promise<ProviderState['durability']> {
  if (/^rediss?:/.test(url)) return probeRedis(url, probeMs)
  if (/^postgres(ql)?:/.test(url)) {
    const { probePostgres } = await import('../adapters/metadata/postgres/probe.ts')
    await probePostgres(url, probeMs)
    return 'durable'
  }
  if (url.startsWith('s3:')) {
    const { parseS3Location, probeS3 } = await import('../adapters/objects/s3/index.ts')
    await probeS3(parseS3Location(url, process.env))
    return 'durable'
  }
  return null
}
