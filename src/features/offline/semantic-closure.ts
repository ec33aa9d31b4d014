import { contentHash, type Json } from '../../kernel/canonical.ts'
import type { TrainingSetClosure } from '../model.ts'

const descriptive = new Set([
  'description',
  'owner',
  'tags',
  'unit',
  'pii',
  'version',
  'semanticHash',
  'freshness',
  'schedule',
  'severity',
  'reason',
  'expires',
])

/** Hash of all that gives a training set its meaning; texts about it, owners and version numbers do not count. */
export function semanticClosure(closure: TrainingSetClosure): string {
  return contentHash(meaning(JSON.parse(JSON.stringify(closure)) as Json))
}

function meaning(json: Json): Json {
  if (Array.isArray(json)) return (json as readonly Json[]).map(meaning)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value]) =>
      descriptive.has(key) || value === undefined ? [] : [[key, meaning(value)]],
    ),
  )
}
