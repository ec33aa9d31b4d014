import type { Value, ValueType } from '../../kernel/values/model.ts'

/**
 * How a value reaches an on-demand function. int64 and timestamp (µs) arrive as number while that is exact
 * (abs ≤ 2⁵³−1), else as bigint, so that arithmetic on everyday values needs no suffixes and no digit is ever lost;
 * a decimal arrives as text with exactly its scale; everything else as it is in memory.
 */
export function inputConversion(type: ValueType): (value: Value) => unknown {
  if (type === 'int64' || type === 'timestamp') return wholeNumber
  const decimal = /^decimal\(\d+,(\d+)\)$/.exec(type)
  if (decimal) return value => (typeof value === 'bigint' ? decimalText(value, Number(decimal[1])) : value)
  return value => value
}

function wholeNumber(value: Value): unknown {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${unscaled < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`}`
}
