import { messageOf } from '../../kernel/message-of.ts'
import type { LoadedRelease } from './load-release.ts'

/**
 * The releases of one deployment that are loaded, loading or refused. A key is a digest, alone where any role may use the
 * scorers, or after the name of the role that has scorers of its own: `control sha256:…`.
 */
export interface ReleaseShelf {
  get(key: string): LoadedRelease | undefined
  /** Every release that any role may use. */
  shared(): readonly LoadedRelease[]
  /** Why it cannot be loaded. */
  refusal(key: string): string | undefined
  /** Resolves when it is loaded or refused; undefined: nothing is under way. */
  pending(key: string): Promise<void> | undefined
  /** Loads what is wanted and not there; lets go of what is neither wanted nor kept. */
  want(keys: ReadonlySet<string>, kept: LoadedRelease | undefined): void
  /** What was refused may be tried again. */
  retry(): void
  /** Lets go of everything; resolves when nothing is loading any more. */
  close(): Promise<void>
}

export interface ShelfOptions {
  load(key: string): Promise<LoadedRelease>
  /** Nothing of the deployment answers by it any more, but requests may hold it. */
  retire(release: LoadedRelease): void
  /** Something was loaded or refused. */
  onChange(): void
  report(line: string): void
}

export function createShelf({ load, retire, onChange, report }: ShelfOptions): ReleaseShelf {
  const loaded = new Map<string, LoadedRelease>()
  const loading = new Map<string, Promise<void>>()
  const refused = new Map<string, string>()
  let wanted: ReadonlySet<string> = new Set()
  let closed = false

  async function start(key: string): Promise<void> {
    try {
      const release = await load(key)
      if (wanted.has(key)) loaded.set(key, release)
      else retire(release)
    } catch (error) {
      refused.set(key, messageOf(error))
      if (!closed) report(messageOf(error))
    }
    loading.delete(key)
    onChange()
  }

  return {
    get: key => loaded.get(key),
    shared: () => [...loaded].flatMap(([key, release]) => (key.includes(' ') ? [] : [release])),
    refusal: key => refused.get(key),
    pending: key => loading.get(key),
    want(keys, kept) {
      wanted = keys
      for (const [key, release] of loaded)
        if (!keys.has(key) && release !== kept) {
          loaded.delete(key)
          retire(release)
        }
      for (const key of keys)
        if (!loaded.has(key) && !loading.has(key) && !refused.has(key)) loading.set(key, start(key))
    },
    retry: () => refused.clear(),
    async close() {
      closed = true
      wanted = new Set()
      for (const release of loaded.values()) retire(release)
      loaded.clear()
      await Promise.all(loading.values())
    },
  }
}
