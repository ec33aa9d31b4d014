import type { Providers } from '../projects/index.ts'
import { embeddedMetadata, resolved } from './provider-names.ts'

/** Work in the background that may be started and stopped again and again. */
export interface Duties {
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts the duties: at once where the metadata is this process's alone, else for as long as it leads all processes on
 * the database. `stop` ends them and gives the lead back.
 */
export async function keepDuties(
  duties: Duties,
  parts: { readonly providers: Pick<Providers, 'metadata'>; onFault(error: unknown): void },
): Promise<Pick<Duties, 'stop'>> {
  const { providers, onFault } = parts
  if (embeddedMetadata(providers)) {
    await duties.start()
    return duties
  }
  const { seekLeadership } = await import('../adapters/metadata/postgres/leader.ts')
  return seekLeadership(resolved(providers.metadata), {
    onLead: () => void duties.start().catch(onFault),
    onYield: () => duties.stop(),
    onFault,
  })
}
