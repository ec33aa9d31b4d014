import type { Micros } from '../../kernel/time.ts'

/**
 * `metric` by which of its points; `key` as it was logged. `dataset.hash` is the full SHA-256 in tag
 * `fettle.dataset.sha256` of the input.
 */
export type Field =
  | { readonly kind: 'metric'; readonly key: string; readonly of: 'latest' | 'first' | 'min' | 'max' }
  | { readonly kind: 'param' | 'tag'; readonly key: string }
  | { readonly kind: 'dataset'; readonly name: 'name' | 'digest' | 'context' | 'hash' }
  | { readonly kind: 'model'; readonly name: 'version' }
  | { readonly kind: 'attribute'; readonly name: string; readonly type: AttributeType }

/** `millis` is kept in microseconds and spoken of in milliseconds; `micros` is a span, spoken of as a duration. */
export type AttributeType = 'text' | 'integer' | 'millis' | 'micros'

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

/** What is asked of one value. `compare` with a number on a text means the number that the text writes. */
export type Test =
  | { readonly kind: 'compare'; readonly op: Comparison; readonly value: string | number }
  /** An instant, exact to the microsecond. */
  | { readonly kind: 'instant'; readonly op: Comparison; readonly value: Micros }
  | { readonly kind: 'in'; readonly values: readonly string[]; readonly negated: boolean }
  | { readonly kind: 'like'; readonly pattern: string; readonly ignoreCase: boolean }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'present' }

export interface Clause {
  readonly kind: 'clause'
  readonly field: Field
  readonly test: Test
  /** What the clause is where the field has no value. */
  readonly whenAbsent: boolean
}

/** Two-valued: a clause is true or false, never unknown. */
export type Condition =
  | Clause
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }

/** In both directions a value that is NaN follows the numbers, and what has no value comes last. */
export interface OrderTerm {
  readonly field: Field
  readonly descending: boolean
}

/** All clauses, in the order they were written. */
export function clausesOf(condition: Condition): readonly Clause[] {
  if (condition.kind === 'clause') return [condition]
  return condition.kind === 'not' ? clausesOf(condition.part) : condition.parts.flatMap(clausesOf)
}
