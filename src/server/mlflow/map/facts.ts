import type { Facts } from '../../../experiments/index.ts'
import type { Micros } from '../../../kernel/time.ts'

export interface WirePair {
  readonly key: string
  readonly value: string
}

/** Milliseconds of the wire. */
export function millis(at: Micros): number {
  return Number(at / 1000n)
}

export function micros(millis: number): Micros {
  return BigInt(millis) * 1000n
}

/** The last of equal keys wins; an absent value is the empty text. */
export function factsOf(pairs: readonly { readonly key: string; readonly value?: string }[] = []): Facts {
  return Object.fromEntries(pairs.map(({ key, value = '' }) => [key, value]))
}

export function pairsOf(facts: Facts): WirePair[] {
  return Object.entries(facts).map(([key, value]) => ({ key, value }))
}

/** The wire leaves empty lists out. */
export function filled<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items
}

/** The wire leaves unset text out. */
export function set(text: string | null): string | undefined {
  return text === null || text === '' ? undefined : text
}

/** NaN travels by name: JSON has no form for it. */
export function wireDouble(value: number): number | 'NaN' {
  return Number.isNaN(value) ? 'NaN' : value
}
