import type { Random } from './random.ts'

/** What the questions of one search are made of. */
export interface Grammar {
  readonly fields: readonly string[]
  readonly operators: readonly string[]
  readonly values: readonly string[]
  readonly odd: readonly string[]
  readonly orders: readonly string[]
}

export function filterOf(random: Random, { fields, operators, values, odd }: Grammar): string {
  const clause = () =>
    random.chance(0.2)
      ? random.pick(odd)
      : `${random.pick(fields)} ${random.pick(operators)} ${random.pick(values)}`
  return Array.from({ length: 1 + random.below(2) }, clause).join(random.pick([' AND ', ' and ']))
}

export function orderOf(random: Random, { orders }: Grammar): string[] {
  return Array.from(
    { length: random.below(3) },
    () => `${random.pick(orders)}${random.pick(['', ' ASC', ' DESC', ' desc', ' asc'])}`,
  )
}

export const comparing = ['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'ILIKE', 'IN', 'NOT IN', 'like', 'ilike']
export const texts = [
  "'a'",
  "'A%'",
  '"a"',
  "'%b%'",
  "'exp-1'",
  "'EXP%'",
  "'exp_1'",
  "''",
  '1',
  '-1',
  '0.5',
  "'é%'",
  "('a', 'b')",
  "('exp-1','exp-2')",
  "('a')",
  '()',
  "'x",
  '"it\'s"',
  "'It''s'",
]
export const connectives = [
  "name = 'a' OR name = 'b'",
  "NOT name = 'a'",
  "(name = 'a')",
  'name IS NULL',
  "name = 'a' AND",
  "AND name = 'a'",
  "name = 'a' name = 'b'",
  ';',
  ' ',
  "name = 'a';",
  'name',
  'name =',
]
