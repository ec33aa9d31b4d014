import { isUint8Array } from 'node:util/types'
import type { Value, ValueType } from '../../kernel/values/model.ts'

/** Marks a value that does not have its declared type; no `Value` is a symbol. */
export const notOfType = Symbol('not of the declared type')

type Check = (value: unknown) => Value | typeof notOfType

/** The checker of one output: gives the value in Fettle's form, or `notOfType`. Null is allowed, undefined is not. */
export function outputCheck(type: ValueType): Check {
  const check = checkOf(type)
  return value => (value === null ? null : check(value))
}

function checkOf(type: string): Check {
  switch (type) {
    case 'bool':
      return value => (typeof value === 'boolean' ? value : notOfType)
    case 'string':
      return value => (typeof value === 'string' && isWellFormed(value) ? value : notOfType)
    case 'float64':
      return value => (typeof value === 'number' ? value : notOfType)
    case 'float32':
      return value => (typeof value === 'number' && Object.is(Math.fround(value), value) ? value : notOfType)
    case 'int64':
      return value => int64(value, -(2n ** 63n), 2n ** 63n - 1n)
    case 'timestamp':
      return value => int64(value, -62_135_596_800_000_000n, 253_402_300_799_999_999n)
    case 'date':
      return value =>
        typeof value === 'number' && Number.isInteger(value) && value >= -719_162 && value <= 2_932_896
          ? value
          : notOfType
    case 'bytes':
      return value => (isUint8Array(value) ? Uint8Array.from(value) : notOfType)
    default:
      return compositeCheck(type)
  }
}

function isWellFormed(text: string): boolean {
  return (
    !/[\uD800-\uDFFF]/.test(text) ||
    !/(?:[\uD800-\uDBFF](?![\uDC00-\uDFFF]))|(?:(?<![\uD800-\uDBFF])[\uDC00-\uDFFF])/.test(text)
  )
}

function int64(value: unknown, least: bigint, greatest: bigint): Value | typeof notOfType {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) return notOfType
    return int64(BigInt(value), least, greatest)
  }
  return typeof value === 'bigint' && value >= least && value <= greatest ? value : notOfType
}

function compositeCheck(type: string): Check {
  const decimal = /^decimal\((\d+),(\d+)\)$/.exec(type)
  if (decimal) return decimalCheck(Number(decimal[1]), Number(decimal[2]))
  const list = /^list<(.*)>$/.exec(type)
  if (list?.[1]) return listCheck(outputCheck(list[1] as ValueType))
  const map = /^map<string,\s*(.*)>$/.exec(type)
  if (map?.[1]) return mapCheck(outputCheck(map[1] as ValueType))
  return () => notOfType
}

function decimalCheck(precision: number, scale: number): Check {
  const pattern = scale === 0 ? /^(-?)(\d+)()$/ : new RegExp(`^(-?)(\\d+)(?:\\.(\\d{1,${scale}}))?$`)
  return value => {
    const match = typeof value === 'string' ? pattern.exec(value) : null
    if (!match) return notOfType
    const digits = BigInt(`${match[2]}${(match[3] ?? '').padEnd(scale, '0')}`)
    return digits < 10n ** BigInt(precision) ? (match[1] ? -digits : digits) : notOfType
  }
}

function listCheck(item: Check): Check {
  return value => {
    if (!Array.isArray(value)) return notOfType
    const items: Value[] = []
    for (const each of value) {
      const checked = item(each)
      if (checked === notOfType) return notOfType
      items.push(checked)
    }
    return items
  }
}

function mapCheck(item: Check): Check {
  return value => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return notOfType
    const map = new Map<string, Value>()
    for (const key of Object.keys(value).sort()) {
      const checked = item(Reflect.get(value, key))
      if (checked === notOfType) return notOfType
      map.set(key, checked)
    }
    return map
  }
}
