import { FettleError } from '../../kernel/errors/index.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { Bytes } from './ports.ts'

/** An entity key may encode to this many bytes. */
export const maxKeyBytes = 1024

/** Names one version of a view in the store. */
export interface ViewId {
  readonly name: string
  readonly version: number
}

const spaces = { head: 0x01, run: 0x02, data: 0x03, event: 0x04, sequence: 0x06, former: 0x08 } as const
/** Where the list of erased keys stands, for all views. */
export const suppressionKey: Bytes = Uint8Array.of(0x07)

function viewKey(space: keyof typeof spaces, view: ViewId, more: number): Buffer {
  const name = Buffer.from(view.name, 'utf8')
  const key = Buffer.alloc(name.length + 6 + more)
  key[0] = spaces[space]
  name.copy(key, 1)
  key.writeUInt32BE(view.version, name.length + 2)
  return key
}

/** Where a view's head stands: serving generation, watermark, instant. */
export const headKey = (view: ViewId): Bytes => viewKey('head', view, 0)
/** Where the head of the generation before stands. */
export const formerHeadKey = (view: ViewId): Bytes => viewKey('former', view, 0)
/** Prefix of all records of a view, in whatever generation. */
export const dataPrefix = (view: ViewId): Buffer => viewKey('data', view, 0)
/** Where the checkpoint of an unfinished run stands. */
export const runKey = (view: ViewId): Bytes => viewKey('run', view, 0)

/** Prefix of every record of a generation. */
export function generationPrefix(view: ViewId, generation: number): Buffer {
  const key = viewKey('data', view, 4)
  key.writeUInt32BE(generation, key.length - 4)
  return key
}

/** Prefix of the records of one epoch of a generation; the entity key follows. */
export function epochPrefix(view: ViewId, generation: number, epoch: number): Buffer {
  const key = viewKey('data', view, 8)
  key.writeUInt32BE(generation, key.length - 8)
  key.writeUInt32BE(epoch, key.length - 4)
  return key
}

/** Where one slot of a key stands: the record of an epoch, or a part of a written key. */
export function slotKey(
  view: ViewId,
  { generation, slot, key }: { readonly generation: number; readonly slot: number; readonly key: Buffer },
): Buffer {
  return Buffer.concat([epochPrefix(view, generation, slot), key])
}

/** The key of another slot beside the one a key stands for. */
export function siblingSlot(view: ViewId, key: Bytes, slot: number): Buffer {
  const sibling = Buffer.from(key)
  sibling.writeUInt32BE(slot, Buffer.byteLength(view.name) + 10)
  return sibling
}

/** The entity's part of a key in a generation. */
export function entityPart(view: ViewId, key: Buffer): Buffer {
  return key.subarray(Buffer.byteLength(view.name) + 14)
}

/** Where the current version of a written event stands. */
export const eventKey = (view: ViewId, eventId: Bytes): Bytes =>
  Buffer.concat([viewKey('event', view, 0), eventId])
/** Prefix of the current versions of written events. */
export const eventPrefix = (view: ViewId): Buffer => viewKey('event', view, 0)
/** Where the last ingest sequence stands. */
export const sequenceKey = (view: ViewId): Bytes => viewKey('sequence', view, 0)

type WriteComponent = (value: Value, at: number) => number

/** Components are written here first: at most `maxKeyBytes` of them are ever kept. */
const scratch = Buffer.alloc(maxKeyBytes + 64)

/**
 * Encodes entity keys so that byte order is the order of values, component by component, and different keys never share
 * bytes: text ends with 00 (and may not hold U+0000), numbers are fixed-width big-endian with the sign bit turned.
 * Gives undefined for a key with a null component, which matches nothing. Throws TYPE_MISMATCH, KEY_BAD_TEXT, KEY_TOO_LONG.
 */
export function keyEncoder(
  components: readonly { readonly name: string; readonly type: string }[],
): (values: readonly Value[], prefix: Buffer) => Buffer | undefined {
  const writers = components.map(({ name, type }) => componentWriter(name, type))
  return (values, prefix) => {
    let at = 0
    for (let i = 0; i < writers.length; i++) {
      const value = values[i]
      if (value === null || value === undefined) return undefined
      at = writers[i]?.(value, at) ?? at
    }
    const key = Buffer.allocUnsafe(prefix.length + at)
    key.set(prefix, 0)
    scratch.copy(key, prefix.length, 0, at)
    return key
  }
}

function componentWriter(name: string, type: string): WriteComponent {
  const mismatch = (value: Value): never => {
    throw new FettleError('TYPE_MISMATCH', `key "${name}" is ${type}, not ${typeof value}`, {
      details: { column: name, wanted: type },
    })
  }
  const room = (at: number, bytes: number): void => {
    if (at + bytes > maxKeyBytes)
      throw new FettleError('KEY_TOO_LONG', `key "${name}" encodes to more than ${maxKeyBytes} bytes`, {
        details: { column: name },
      })
  }
  switch (type) {
    case 'string':
      return (value, at) => (typeof value === 'string' ? writeText(name, value, at, room) : mismatch(value))
    case 'int64':
    case 'timestamp':
      return (value, at) => {
        if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) return mismatch(value)
        room(at, 8)
        return scratch.writeBigUInt64BE(BigInt.asUintN(64, value) ^ (1n << 63n), at)
      }
    case 'date':
      return (value, at) => {
        if (typeof value !== 'number' || (value | 0) !== value) return mismatch(value)
        room(at, 4)
        return scratch.writeUInt32BE((value ^ 0x80000000) >>> 0, at)
      }
    case 'bool':
      return (value, at) => {
        if (typeof value !== 'boolean') return mismatch(value)
        room(at, 1)
        return scratch.writeUInt8(value ? 1 : 0, at)
      }
    default:
      throw new FettleError(
        'TYPE_MISMATCH',
        `key "${name}" is ${type}: keys are string, int64, bool, date or timestamp`,
        { details: { column: name } },
      )
  }
}

function writeText(
  name: string,
  text: string,
  at: number,
  room: (at: number, bytes: number) => void,
): number {
  room(at, text.length + 1)
  let end = at
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0) return badText(name, 'U+0000')
    if (unit > 0x7f) return writeWide(name, text, at, room)
    scratch[end++] = unit
  }
  scratch[end++] = 0
  return end
}

function writeWide(
  name: string,
  text: string,
  at: number,
  room: (at: number, bytes: number) => void,
): number {
  if (text.includes('\0')) return badText(name, 'U+0000')
  if (/\p{Surrogate}/u.test(text)) return badText(name, 'half a surrogate pair')
  room(at, Buffer.byteLength(text) + 1)
  const end = at + scratch.write(text, at, 'utf8')
  scratch[end] = 0
  return end + 1
}

function badText(name: string, what: string): never {
  throw new FettleError('KEY_BAD_TEXT', `key "${name}" holds ${what}`, { details: { column: name } })
}
