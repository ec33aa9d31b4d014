import { hash } from 'node:crypto'
import { FettleError } from './errors/index.ts'
import type { VectorCases } from './statistics/index.ts'

/** Buckets of every salt: 0 … 9 999. */
export const bucketCount = 10_000

/** Types a unit of assignment may be keyed by. */
export type KeyType = 'string' | 'int64' | 'bool' | 'date' | 'uuid'

const loneSurrogate = /\p{Surrogate}/u
const saltForm = /^[a-z0-9_-]{1,96}$/
const forms: Readonly<Record<Exclude<KeyType, 'string'>, RegExp>> = {
  int64: /^(?:0|-?[1-9]\d*)$/,
  bool: /^(?:true|false)$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
}

/**
 * The text by which a key is hashed (releases.md §9): strings as they are, int64 in shortest decimal, `true` or `false`,
 * dates as YYYY-MM-DD, UUIDs in lower case. Throws BAD_KEY for anything else: a number that is not whole, a float.
 */
export function keyText(value: unknown, type: KeyType): string {
  const text = writtenKey(value, type)
  const wrong = text === undefined || (type === 'string' ? loneSurrogate.test(text) : !forms[type].test(text))
  if (wrong || (type === 'int64' && BigInt.asIntN(64, BigInt(text)) !== BigInt(text)))
    throw new FettleError('BAD_KEY', `${String(value)} is no key of type ${type}`)
  return text
}

function writtenKey(value: unknown, type: KeyType): string | undefined {
  if (type === 'int64' && typeof value === 'number')
    return Number.isSafeInteger(value) ? String(BigInt(value)) : undefined
  if (type === 'uuid' && typeof value === 'string') return value.toLowerCase()
  if (typeof value === 'string' && type !== 'bool') return value
  return typeof value === (type === 'int64' ? 'bigint' : 'boolean') && type !== 'string'
    ? String(value)
    : undefined
}

/**
 * The bucket of a unit (releases.md §9): the first 8 bytes of SHA-256(salt ‖ 0x1F part ‖ …) as a big-endian integer,
 * mod 10 000. Parts are key texts, see {@link keyText}. The same in TypeScript, Python and SQL.
 */
export function bucketOf(salt: string, ...parts: readonly string[]): number {
  const word = assignmentWord(salt, parts)
  // 2^32 mod 10 000 keeps every step below 2^53.
  return ((word.readUInt32BE(0) % bucketCount) * 7296 + word.readUInt32BE(4)) % bucketCount
}

function messageOf(salt: string, parts: readonly string[]): string {
  if (!saltForm.test(salt))
    throw new FettleError('BAD_PARAMETER', `"${salt}" is no salt`, {
      hint: 'A salt is 1 to 96 of a-z, 0-9, _ and -.',
    })
  return [salt, ...parts].join('\u001f')
}

function assignmentWord(salt: string, parts: readonly string[]): Buffer {
  return hash('sha256', messageOf(salt, parts), 'buffer')
}

/** Known answers of buckets.json. */
export const assignmentCases: VectorCases = {
  buckets: input => {
    const salt = String(input['salt'])
    const parts = (input['parts'] as string[]).map(part => keyText(part, 'string'))
    const word = assignmentWord(salt, parts).subarray(0, 8)
    return {
      message_hex: Buffer.from(messageOf(salt, parts)).toString('hex'),
      first8_hex: word.toString('hex'),
      u64: String(word.readBigUInt64BE()),
      bucket: bucketOf(salt, ...parts),
    }
  },
}
