import { FettleError } from '../../kernel/errors/index.ts'
import { textFault } from '../../kernel/text.ts'
import type { Clause, Condition } from './ast.ts'
import { identifierPattern, resolveIdentifier } from './identifiers.ts'
import { readTest } from './read-test.ts'
import { createScanner, type Scanner } from './scanner.ts'
import { type SearchTarget, targets } from './targets.ts'

const maxBytes = 16 * 1024
const maxClauses = 100
const maxDepth = 20

export interface FilterGrammar {
  readonly target: SearchTarget
  /** `mlflow`: what MLflow's clients may send, and for runs also OR, NOT, parentheses and IS NULL. `fettle`: all. */
  readonly grammar: 'mlflow' | 'fettle'
  /** What a duration such as `-7d` is counted from. */
  readonly now: bigint
}

/** Undefined for an empty filter. Throws FILTER_INVALID, which names the clause. */
export function parseFilter(filter: string | undefined, grammar: FilterGrammar): Condition | undefined {
  if (filter === undefined || filter === '') return undefined
  if (filter.trim() === '' && grammar.grammar === 'fettle') return undefined
  const fault =
    Buffer.byteLength(filter) > maxBytes ? `is longer than ${maxBytes / 1024} KiB` : textFault(filter)
  if (fault !== undefined) throw invalid(grammar.target, '', `the filter ${fault}`)
  return createParser(filter, grammar).parse()
}

function invalid(target: SearchTarget, clause: string, reason: string): FettleError {
  const start = target === 'loggedModels' ? 'Invalid filter string' : 'Invalid clause(s) in filter string'
  return new FettleError('FILTER_INVALID', `${start}: '${clause}': ${reason}`, {
    details: { clause, reason },
  })
}

function createParser(filter: string, grammar: FilterGrammar) {
  const scanner: Scanner = createScanner(filter)
  const logic = targets[grammar.target].logic || grammar.grammar === 'fettle'
  let clauses = 0

  const fail = (start: number, reason: string) => invalid(grammar.target, scanner.since(start), reason)

  /** A word, in any case, that is not the beginning of a longer one. */
  function keyword(expression: RegExp, what: string): boolean {
    const start = scanner.position()
    if (scanner.take(expression) === undefined) return false
    if (!logic) throw fail(start, `${what} is not taken here: clauses are joined by AND`)
    return true
  }

  function disjunction(depth: number): Condition {
    const parts = [conjunction(depth)]
    while (keyword(/or(?![\p{L}\p{N}_.])/iuy, 'OR')) parts.push(conjunction(depth))
    return joined('or', parts)
  }

  function conjunction(depth: number): Condition {
    const parts = [negation(depth)]
    while (scanner.take(/and(?![\p{L}\p{N}_.])/iuy) !== undefined) parts.push(negation(depth))
    return joined('and', parts)
  }

  function negation(depth: number): Condition {
    const start = scanner.position()
    if (depth > maxDepth) throw fail(start, `clauses are nested more than ${maxDepth} deep`)
    if (keyword(/not(?![\p{L}\p{N}_.])/iuy, 'NOT')) return { kind: 'not', part: negation(depth + 1) }
    if (!keyword(/\(/y, 'a parenthesis')) return clause()
    const inner = disjunction(depth + 1)
    if (scanner.take(/\)/y) === undefined) throw fail(start, 'the parenthesis is not closed')
    return inner
  }

  function clause(): Clause {
    const start = scanner.position()
    if (++clauses > maxClauses) throw fail(start, `there are more than ${maxClauses} clauses`)
    const written = scanner.take(identifierPattern)
    if (written === undefined || /^[0-9.]/.test(written))
      throw fail(start, `Expected 'Identifier' found '${written ?? scanner.since(start)}'`)
    if (/^and$/i.test(written)) throw fail(start, 'a clause is missing before AND')
    const field = resolveIdentifier(written, { ...grammar, use: 'filter' })
    if (typeof field === 'string') throw fail(start, field)
    const read = readTest(scanner, field, { ...grammar, logic })
    if (typeof read === 'string') throw fail(start, read)
    return read
  }

  return {
    parse(): Condition {
      const condition = disjunction(1)
      if (scanner.atEnd()) return condition
      throw fail(scanner.position(), 'AND, or the end of the filter, is wanted here')
    },
  }
}

function joined(kind: 'and' | 'or', parts: readonly Condition[]): Condition {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind, parts }
}
