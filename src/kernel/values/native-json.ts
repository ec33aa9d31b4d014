import { FettleError } from '../errors/index.ts'
import { formatTimestamp } from '../time.ts'
import type { Value } from './model.ts'
import { sortedEntries } from './order.ts'
import { parseType, type TypeNode } from './types.ts'

const safe = BigInt(Number.MAX_SAFE_INTEGER)

/** The native JSON token of a value (features.md §1): the inverse of {@link decodeNative}, bit for bit. */
export function encodeNative(type: string, value: Value): string {
  return encode(parseType(type), value)
}

function encode(type: TypeNode, value: Value): string {
  if (value === null) return 'null'
  if (type.kind === 'decimal') return `"${formatDecimal(value as bigint, type.scale)}"`
  if (type.kind === 'list')
    return `[${(value as readonly Value[]).map(item => encode(type.element, item)).join(',')}]`
  if (type.kind === 'map') {
    const entries = sortedEntries(value as ReadonlyMap<string, Value>)
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${encode(type.value, item)}`).join(',')}}`
  }
  switch (type.name) {
    case 'int64':
      return encodeInteger(value as bigint)
    case 'float64':
    case 'float32':
      return encodeFloat(value as number)
    case 'timestamp':
      return `"${formatTimestamp(value as bigint)}"`
    case 'date':
      return `"${formatDate(value as number)}"`
    case 'bytes':
      return `"${Buffer.from(value as Uint8Array).toString('base64')}"`
    default:
      return JSON.stringify(value)
  }
}

function encodeInteger(value: bigint): string {
  return value <= safe && value >= -safe ? value.toString() : `"${value}"`
}

function encodeFloat(value: number): string {
  if (Number.isNaN(value)) return '"NaN"'
  if (!Number.isFinite(value)) return value > 0 ? '"Infinity"' : '"-Infinity"'
  return Object.is(value, -0) ? '-0.0' : String(value)
}

/** `-0.05` for −5 at scale 2. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const sign = unscaled < 0n ? '-' : ''
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** `2024-02-29` for days since 1970-01-01. */
export function formatDate(days: number): string {
  return formatTimestamp(BigInt(days) * 86_400_000_000n).slice(0, 10)
}

/** A type mismatch as the catalogue wants it: column, row, wanted type. */
export function typeMismatch(
  type: string,
  where: { readonly column?: string; readonly row?: number },
  found: string,
): FettleError {
  const column = where.column === undefined ? '' : ` in column "${where.column}"`
  const row = where.row === undefined ? '' : `, row ${where.row}`
  return new FettleError('TYPE_MISMATCH', `${found} is not a ${type}${column}${row}`, {
    details: { wanted: type, ...where },
  })
}
