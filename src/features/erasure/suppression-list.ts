import { readFile } from 'node:fs/promises'
import { contentHash } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { writeWhole } from '../../kernel/write-whole.ts'
import { type ErasureGuard, type IsErased, keyToken } from '../online/erasure.ts'

/** Keys that may not come back, as tokens: the file says nothing of whom it is about. */
export interface SuppressionList {
  readonly schema: 1
  /** Content hash of the entries. */
  readonly revision: string
  readonly entries: readonly SuppressionEntry[]
}

export interface SuppressionEntry {
  readonly entity: string
  readonly token: string
  readonly receipt: string
  /** RFC 3339; from when on. */
  readonly effective: string
}

/** Which keys of an entity are on the list; undefined when none is, so that nothing need be hashed. */
export type ErasedKeys = (entity: string) => IsErased | undefined

const emptyList: SuppressionList = { schema: 1, revision: '', entries: [] }

/** The list in a file; without one nobody is on it. Throws ERASURE_LIST_DAMAGED: it is never taken for an empty one. */
export async function readSuppressionList(path: string): Promise<SuppressionList> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyList
    throw damaged(path, error)
  }
  try {
    const list = JSON.parse(text) as SuppressionList
    if (list.revision === contentHash(list.entries as never)) return list
  } catch (error) {
    throw damaged(path, error)
  }
  throw damaged(path, undefined)
}

/** Adds a key, once; durable when it resolves. One writer at a time. */
export async function addToSuppressionList(path: string, entry: SuppressionEntry): Promise<void> {
  const { entries } = await readSuppressionList(path)
  if (entries.some(each => each.entity === entry.entity && each.token === entry.token)) return
  const next = [...entries, entry]
  const list: SuppressionList = { schema: 1, revision: contentHash(next as never), entries: next }
  await writeWhole(path, JSON.stringify(list))
}

export function erasedKeys({ entries }: SuppressionList, guard: ErasureGuard): ErasedKeys {
  const tokens = new Map<string, Set<string>>()
  for (const { entity, token } of entries) {
    const known = tokens.get(entity) ?? new Set()
    tokens.set(entity, known.add(token))
  }
  return entity => {
    const own = tokens.get(entity)
    return own && (key => own.has(keyToken(guard, { owner: entity }, key).toString('hex')))
  }
}

function damaged(path: string, cause: unknown): FettleError {
  return new FettleError('ERASURE_LIST_DAMAGED', `the list of erased keys ${path} cannot be read`, { cause })
}
