import type { OnlineStore } from '../../src/features/index.ts'

/** The port of the online store over a sorted map: for tests that need many stores, or a store that fails. */
export function memoryOnlineStore(): OnlineStore {
  const records = new Map<string, Uint8Array>()
  const locks = new Set<string>()
  const text = (key: Uint8Array): string => Buffer.from(key).toString('latin1')
  const withPrefix = (prefix: Uint8Array): string[] =>
    [...records.keys()].filter(key => key.startsWith(text(prefix))).sort()
  return {
    capabilities: { synchronousReads: true, sharedBetweenProcesses: false, durability: 'rebuildable' },
    readMany: keys =>
      keys.map(key => {
        const bytes = records.get(text(key))
        return bytes && Uint8Array.from(bytes)
      }),
    update: async changes => {
      const results = changes.map(({ key, next }) => [text(key), next(records.get(text(key)))] as const)
      for (const [key, bytes] of results) {
        if (bytes === null) records.delete(key)
        else if (bytes !== undefined) records.set(key, Uint8Array.from(bytes))
      }
    },
    list: async (prefix, { after, limit }) =>
      withPrefix(prefix)
        .filter(key => after === undefined || key > text(after))
        .slice(0, limit)
        .map(key => Buffer.from(key, 'latin1')),
    removeAll: async prefix => {
      const keys = withPrefix(prefix)
      for (const key of keys) records.delete(key)
      return keys.length
    },
    lock: async name => {
      if (locks.has(name)) return { heldBy: 'this test' }
      locks.add(name)
      return { release: async () => void locks.delete(name) }
    },
    close: async () => undefined,
  }
}
