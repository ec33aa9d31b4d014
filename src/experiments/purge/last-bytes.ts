import type { ReferenceStore } from '../artifacts/collection.ts'
import type { PlannedExperiment } from './plan.ts'
import type { PurgeStore } from './ports.ts'

const askedTogether = 5_000
const digest = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g

/**
 * Bytes of stored contents that only these runs and logged models refer to, by experiment; what several of them share
 * counts for the first.
 */
export async function lastBytes(
  stores: { readonly purge: PurgeStore; readonly references: ReferenceStore },
  experiments: readonly PlannedExperiment[],
): Promise<readonly number[]> {
  const owners = new Set(experiments.flatMap(({ members }) => members.map(({ id }) => id)))
  const contents = new Map<string, { readonly experiment: number; readonly bytes: number }>()
  for (const [experiment, { members }] of experiments.entries())
    for (let from = 0; from < members.length; from += askedTogether)
      for (const { hash, bytes } of await stores.purge.files(members.slice(from, from + askedTogether)))
        if (!contents.has(hash)) contents.set(hash, { experiment, bytes })
  const hashes = [...contents.keys()]
  for (let from = 0; from < hashes.length; from += askedTogether)
    for (const { owner, hash } of await stores.purge.usersOf(hashes.slice(from, from + askedTogether)))
      if (!owners.has(owner)) contents.delete(hash)
  if (contents.size > 0)
    for await (const { text } of stores.references.besideFiles())
      for (const [hex] of text.matchAll(digest)) contents.delete(`sha256:${hex}`)
  const bytes = experiments.map(() => 0)
  for (const content of contents.values())
    bytes[content.experiment] = (bytes[content.experiment] ?? 0) + content.bytes
  return bytes
}
