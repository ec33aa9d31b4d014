import { JsonNumber, tryDecodeNative, type Value } from '../../kernel/values/index.ts'
import type { CheckParameter } from '../model.ts'

/**
 * The value that a definition writes for a column of a type, or undefined if it is none: numbers stand for decimals too,
 * −0 for 0; nothing is rounded.
 */
export function writtenValue(type: string, written: CheckParameter): Value | undefined {
  if (written === null || (typeof written === 'object' && written !== null)) return undefined
  const decimal = /^decimal\(\d+,(\d+)\)$/.exec(type)
  if (decimal && typeof written === 'number') return decimalOf(type, written, Number(decimal[1]))
  if (typeof written !== 'number') return tryDecodeNative(type, written)
  if (!Number.isFinite(written)) return tryDecodeNative(type, String(written))
  return tryDecodeNative(type, new JsonNumber(String(written === 0 ? 0 : written)))
}

function decimalOf(type: string, written: number, scale: number): Value | undefined {
  const text = written.toFixed(Math.min(scale, 100))
  return Number(text) === written ? tryDecodeNative(type, text) : undefined
}
