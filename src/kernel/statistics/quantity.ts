/** A measurement: a number, or the reason why there is none. Never 0 or NaN for want of rows. */
export type Quantity = number | { readonly undefined: string }

export function undefinedBecause(reason: string): { readonly undefined: string } {
  return { undefined: reason }
}

export function isDefined(quantity: Quantity): quantity is number {
  return typeof quantity === 'number'
}

/** numerator / denominator, undefined for the given reason when the denominator is 0. */
export function ratio(numerator: number, denominator: number, reason: string): Quantity {
  return denominator === 0 ? undefinedBecause(reason) : numerator / denominator
}
