import { readFile } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import type { ServingCopy } from '../server/serving-copy-routes.ts'

/** Beside the releases; `deployments.json` comes last, as it names what must be there. */
export const copiedFiles = ['features.json', 'erased.json', 'access.json', 'deployments.json'] as const

/** What the control plane hands out of its own serving folder. */
export function servingCopy(servingFolder: string): ServingCopy {
  const textOf = (name: string) => readFile(join(servingFolder, name), 'utf8').catch(() => null)
  return {
    async files() {
      const texts = await Promise.all(copiedFiles.map(textOf))
      return Object.fromEntries(copiedFiles.map((name, i) => [name, texts[i] ?? null]))
    },
    async releaseFile(hash, path) {
      const inside = normalize(path)
      if (!/^[0-9a-f]{64}$/.test(hash) || inside.startsWith('..') || inside.startsWith('/')) return undefined
      return readFile(join(servingFolder, 'releases', hash, inside)).catch(() => undefined)
    },
  }
}
