import type { Known } from './model.ts'

export function unavailable(reason: string): { readonly unavailable: string } {
  return { unavailable: reason }
}

/** The fact, or the reason where there is none. */
export function known<Fact>(fact: Fact | undefined, reason: string): Known<Fact> {
  return fact === undefined ? unavailable(reason) : fact
}

export function isKnown<Fact>(fact: Known<Fact>): fact is Fact {
  return !(typeof fact === 'object' && fact !== null && 'unavailable' in fact)
}

/** The fact, or undefined. */
export function factOf<Fact>(fact: Known<Fact>): Fact | undefined {
  return isKnown(fact) ? fact : undefined
}

/** The fact's text, or its reason. */
export function textOf<Fact>(fact: Known<Fact>, show: (value: Fact) => string = String): string {
  return isKnown(fact) ? show(fact) : `unavailable: ${fact.unavailable}`
}
