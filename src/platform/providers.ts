import { createDuckDBEngine } from '../adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import { openRedisStore, probeRedis } from '../adapters/online/redis/index.ts'
import { type OfflineEngine, type OnlineStore, quarantining } from '../features/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import type { Providers } from '../projects/index.ts'

/** Providers as roles are given them: `env:NAME` replaced by what it stands for. Throws STORE_UNAVAILABLE. */
export function resolveProviders({ offline, online, ...others }: Providers): Providers {
  return { ...others, offline: resolved(offline), online: resolved(online) }
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
  readonly role: 'offline' | 'online'
  /** `duckdb`, `lmdb`, or a URL without its user and password. */
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
  return Promise.all([probe('offline', providers.offline), probe('online', providers.online)])
}

async function probe(role: ProviderState['role'], written: string): Promise<ProviderState> {
  const embedded = written === 'duckdb' || written === 'lmdb'
  const state = { role, embedded, name: written, durability: null, failure: null }
  if (embedded) return { ...state, durability: role === 'online' ? 'durable' : null }
  try {
    const url = resolved(written)
    const name = shownProvider(url)
    try {
      if (/^rediss?:/.test(url)) return { ...state, name, durability: await probeRedis(url, probeMs) }
      return { ...state, name }
    } catch (error) {
      return { ...state, name, failure: messageOf(error) }
    }
  } catch (error) {
    return { ...state, failure: messageOf(error) }
  }
}

/** A provider without what must not be seen: user, password, parameters. */
export function shownProvider(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed ? `${parsed.protocol}//${parsed.host}${parsed.pathname}` : url.replace(/\/\/.*@/, '//…@')
}

/** `env:NAME` stands for the value of an environment variable. */
function resolved(written: string): string {
  if (!written.startsWith('env:')) return written
  const name = written.slice('env:'.length)
  const value = process.env[name]
  if (value) return value
  throw new FettleError('STORE_UNAVAILABLE', `the environment variable ${name} is not set`, {
    hint: `fettle.json says "${written}": set ${name} where Fettle runs.`,
  })
}

function notThere(name: string): FettleError {
  return new FettleError('STORE_UNAVAILABLE', `there is no adapter for "${shownProvider(name)}"`)
}
