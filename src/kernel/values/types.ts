import { FettleError } from '../errors/index.ts'
import type { ScalarType, ValueType } from './model.ts'

/** A value type taken apart. */
export type TypeNode =
  | { readonly kind: 'scalar'; readonly name: ScalarType }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly element: TypeNode }
  | { readonly kind: 'map'; readonly value: TypeNode }

const scalars = new Set<string>([
  'bool',
  'string',
  'int64',
  'float64',
  'float32',
  'bytes',
  'timestamp',
  'date',
])
const parsed = new Map<string, TypeNode>()

/** The parts of a type; throws TYPE_MISMATCH for text that names no type. */
export function parseType(text: string): TypeNode {
  const known = parsed.get(text)
  if (known) return known
  const node = parse(text)
  if (!node) throw new FettleError('TYPE_MISMATCH', `"${text}" is not a type`)
  if (parsed.size < 10_000) parsed.set(text, node)
  return node
}

/** True for text that names a value type. */
export function isValueType(text: string): text is ValueType {
  return parse(text) !== undefined
}

function parse(text: string): TypeNode | undefined {
  if (scalars.has(text)) return { kind: 'scalar', name: text as ScalarType }
  const decimal = /^decimal\(([1-9][0-9]?),([0-9][0-9]?)\)$/.exec(text)
  if (decimal) {
    const [precision, scale] = [Number(decimal[1]), Number(decimal[2])]
    return precision <= 38 && scale <= precision ? { kind: 'decimal', precision, scale } : undefined
  }
  const list = /^list<(.+)>$/.exec(text)
  if (list) {
    const element = parse(list[1] ?? '')
    return element && { kind: 'list', element }
  }
  const map = /^map<string,(.+)>$/.exec(text)
  if (map) {
    const value = parse(map[1] ?? '')
    return value && { kind: 'map', value }
  }
  return undefined
}
