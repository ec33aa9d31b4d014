/** Reports come as JSON: their rooms stand after this one. */
import type { Json } from '../../kernel/canonical.ts'
import type { CardRow } from './model.ts'

const notMeasured = 'not measured'
export type JsonObject = { readonly [key: string]: Json | undefined }

export const unmeasured = (name: string): CardRow => ({
  name,
  value: null,
  missing: notMeasured,
  writtenBy: null,
})
export const known = (name: string, value: string): CardRow => ({
  name,
  value,
  missing: null,
  writtenBy: null,
})

export function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

export function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value)
    ? value.map(each => objectOf(each as Json)).filter(each => each !== undefined)
    : []
}

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '?')

/** Six digits; an undefined quantity with its reason. */
export function numberText(value: Json | undefined): string {
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
  const reason = objectOf(value)?.['undefined']
  return typeof reason === 'string' ? `undefined (${reason})` : notMeasured
}

export function intervalText(value: Json | undefined): string {
  const interval = objectOf(value)
  if (interval === undefined || interval['undefined'] !== undefined) return numberText(value)
  return `${numberText(interval['lower'])} – ${numberText(interval['upper'])}`
}
