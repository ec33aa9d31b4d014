/** A quoted identifier. */
export function id(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A quoted text literal. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** Conditions joined by AND; true for none. */
export function all(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.map(each => `(${each})`).join(' AND ')
}
