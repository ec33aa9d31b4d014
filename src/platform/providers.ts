import { createDuckDBEngine } from '../adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import type { OfflineEngine, OnlineStore } from '../features/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Providers } from '../projects/index.ts'

/** The offline engine a project's configuration names. Throws STORE_UNAVAILABLE when it cannot be reached. */
export async function openEngine(
  providers: Providers,
  options: { readonly temporaryFolder: string },
): Promise<OfflineEngine> {
  const name = resolved(providers.offline)
  if (name === 'duckdb') return createDuckDBEngine(options)
  throw notThere(name)
}

/** The online store a project's configuration names; `folder` is where the embedded one lives. */
export async function openOnlineStore(
  providers: Providers,
  options: { readonly folder: string },
): Promise<OnlineStore> {
  const name = resolved(providers.online)
  if (name === 'lmdb') return openLmdbStore(options)
  throw notThere(name)
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
  return new FettleError('STORE_UNAVAILABLE', `there is no adapter for "${name.replace(/\/\/.*@/, '//…@')}"`)
}
