import { FettleError } from '../../kernel/errors/index.ts'
import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'

const defaultLimit = 50
const maxLimit = 500

/** A value a page order is made of. */
export type KeyPart = string | number | bigint | null

/** Rows to ask for: one more than the page, to see whether another follows. Throws BAD_REQUEST outside 1 … 500. */
export function pageLimit({ limit = defaultLimit }: PageRequest): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    throw new FettleError(
      'BAD_REQUEST',
      `limit: a whole number from 1 to ${maxLimit} is wanted, not ${limit}`,
    )
  return limit
}

/** The last row's place in the order, bound to the question it answers (`scope`). */
export function writeCursor(scope: string, parts: readonly KeyPart[]): string {
  const marked = parts.map(part => (typeof part === 'bigint' ? { int: String(part) } : part))
  return Buffer.from(JSON.stringify([scope, ...marked])).toString('base64url')
}

/** The parts; undefined without a cursor. Throws BAD_REQUEST for a cursor that is damaged or of another question. */
export function readCursor(
  scope: string,
  { cursor }: PageRequest,
  length: number,
): readonly KeyPart[] | undefined {
  if (cursor === undefined) return undefined
  const content = decode(cursor)
  if (!Array.isArray(content) || content[0] !== scope || content.length !== length + 1)
    throw new FettleError('BAD_REQUEST', 'cursor: not one that this list gave out', {
      hint: 'Start again without a cursor.',
    })
  return content.slice(1).map(readPart)
}

function readPart(part: unknown): KeyPart {
  if (part === null || typeof part !== 'object') return part as KeyPart
  const { int } = part as { readonly int?: string }
  if (int !== undefined && /^-?[0-9]{1,19}$/.test(int)) return BigInt(int)
  throw new FettleError('BAD_REQUEST', 'cursor: not one that this list gave out')
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/** A page of at most `limit` items out of `limit + 1` rows. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  { item, cursor }: { item(row: Row): Item; cursor(row: Row): string },
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const items = shown.map(item)
  return rows.length > limit && last !== undefined ? { items, next: cursor(last) } : { items }
}
