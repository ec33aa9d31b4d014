import type { EntityData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { parseTimestamp } from '../../kernel/time.ts'
import { parseDate } from '../../kernel/values/decode-native.ts'
import type { Value } from '../../kernel/values/index.ts'
import { type ErasureGuard, keyToken } from '../online/erasure.ts'
import { keyEncoder } from '../online/keys.ts'

/** A key of an entity, with the token that stands for it where the key itself may not be. */
export interface EntityKey {
  readonly entity: string
  readonly key: readonly Value[]
  /** 64 hex digits: HMAC-SHA-256(secret, entity ‖ 0x1F ‖ encoded key). */
  readonly token: string
}

/**
 * A key from the text of its components. Throws KEY_MISSING (another number of components, an empty one, a wildcard),
 * TYPE_MISMATCH, KEY_BAD_TEXT, KEY_TOO_LONG.
 */
export function entityKey(entity: EntityData, texts: readonly string[], guard: ErasureGuard): EntityKey {
  const names = entity.key.map(component => component.name).join(', ')
  if (texts.length !== entity.key.length || texts.some(text => text === '' || /^[*%]+$/.test(text)))
    throw new FettleError(
      'KEY_MISSING',
      `a key of ${entity.name} is ${names}: one value each, none empty or a wildcard`,
      { details: { entity: entity.name, components: entity.key.map(({ name }) => name) } },
    )
  const key = entity.key.map(({ name, type }, index) => fromText(name, type, texts[index] ?? ''))
  const encoded = keyEncoder(entity.key)(key, Buffer.alloc(0)) ?? Buffer.alloc(0)
  return { entity: entity.name, key, token: keyToken(guard, { owner: entity.name }, encoded).toString('hex') }
}

function fromText(name: string, type: string, text: string): Value {
  const value = parsers[type]?.(text)
  if (value !== undefined) return value
  throw new FettleError('TYPE_MISMATCH', `key "${name}" is ${type}, and what was given is not`, {
    details: { column: name, wanted: type },
  })
}

const parsers: Readonly<Record<string, (text: string) => Value | undefined>> = {
  string: text => text,
  int64: text => (/^(0|-?[1-9][0-9]{0,18})$/.test(text) ? BigInt(text) : undefined),
  date: parseDate,
  timestamp: parseTimestamp,
  bool: text => (text === 'true' ? true : text === 'false' ? false : undefined),
}
