import type { Bytes, OnlineStore } from './ports.ts'

/** An online store that is gone with the process: for replays and tests. */
export function memoryStore(): OnlineStore {
  const held = new Map<string, Bytes>()
  const locks = new Set<string>()
  const idOf = (key: Bytes): string => Buffer.from(key).toString('latin1')
  const keysWith = (prefix: Bytes): readonly string[] =>
    [...held.keys()].filter(key => key.startsWith(idOf(prefix))).sort()
  return {
    capabilities: { synchronousReads: true, sharedBetweenProcesses: false, durability: 'rebuildable' },
    readMany: keys => keys.map(key => held.get(idOf(key))),
    async update(changes) {
      const next = new Map<string, Bytes | null>()
      for (const change of changes) {
        const id = idOf(change.key)
        const value = change.next(next.has(id) ? (next.get(id) ?? undefined) : held.get(id))
        if (value !== undefined) next.set(id, value)
      }
      for (const [id, value] of next)
        if (value === null) held.delete(id)
        else held.set(id, value)
    },
    list: async (prefix, { after, limit }) =>
      keysWith(prefix)
        .filter(key => after === undefined || key > idOf(after))
        .slice(0, limit)
        .map(key => Buffer.from(key, 'latin1')),
    async removeAll(prefix) {
      const keys = keysWith(prefix)
      for (const key of keys) held.delete(key)
      return keys.length
    },
    async lock(name) {
      if (locks.has(name)) return { heldBy: 'this process' }
      locks.add(name)
      return { release: async () => void locks.delete(name) }
    },
    close: async () => undefined,
  }
}
