import type { Clause, Comparison, Field, Test } from './ast.ts'
import { readInstant, readSpan } from './instants.ts'
import { likeMatcher, regexFault } from './match-text.ts'
import type { FilterGrammar } from './parse-filter.ts'
import type { Scanner } from './scanner.ts'
import { type SearchTarget, targets } from './targets.ts'

const operators = new Set(['=', '!=', '<', '<=', '>', '>='])
const wordOperators = /(?:not\s+in|in|like|ilike|is\s+not\s+null|is\s+null)(?![\p{L}\p{N}_.])/iuy
const number = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![\p{L}\p{N}_.:-])/iuy
/** Databases refuse longer ones, once all spellings of a letter are in them. */
const maxPattern = 4_000
const promptTag = 'mlflow.prompt.is_prompt'

interface TestRules extends FilterGrammar {
  readonly logic: boolean
}

/** Reads operator and value of a clause; a text says what is wrong. */
export function readTest(scanner: Scanner, field: Field, rules: TestRules): Clause | string {
  const operator =
    scanner.take(/[<>=!~]+/y) ?? scanner.take(wordOperators)?.toUpperCase().replace(/\s+/g, ' ')
  if (operator === undefined) return 'a comparison operator is missing'
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') {
    // MLflow's pages ask for experiments that lack a tag.
    const ofExperiment = rules.target === 'experiments' && field.kind === 'tag'
    if (!rules.logic && !ofExperiment) return `Invalid comparator '${operator}'`
    return clause(field, { kind: 'present' }, { operator, target: rules.target })
  }
  if (!isTaken(field, operator, rules)) return `Invalid comparator '${operator}' for ${nameOf(field)}`
  const test = readValue(scanner, { field, operator, rules })
  return typeof test === 'string' ? test : clause(field, test, { operator, target: rules.target })
}

/** IS NULL: no value passes, and absence does. */
const never: Test = { kind: 'in', values: [], negated: false }

function clause(
  field: Field,
  test: Test,
  { operator, target }: { readonly operator: string; readonly target: SearchTarget },
): Clause {
  if (operator === 'IS NULL') return { kind: 'clause', field, test: never, whenAbsent: true }
  return { kind: 'clause', field, test, whenAbsent: isNoPrompt(field, test, target) }
}

/** Registered models that say nothing of prompts are none. */
function isNoPrompt(field: Field, test: Test, target: SearchTarget): boolean {
  if (target !== 'models' && target !== 'versions') return false
  if (field.kind !== 'tag' || field.key !== promptTag || test.kind !== 'compare') return false
  return (test.op === '!=' && test.value === 'true') || (test.op === '=' && test.value === 'false')
}

const isNumeric = (field: Field) =>
  field.kind === 'metric' || (field.kind === 'attribute' && field.type !== 'text')

function isTaken(field: Field, operator: string, { grammar, target }: TestRules): boolean {
  if (isNumeric(field)) return operators.has(operator)
  if (operator === '=' || operator === '!=' || operator === 'LIKE' || operator === 'ILIKE') return true
  if (grammar === 'fettle')
    return (
      operator === '~' ||
      operator === 'IN' ||
      operator === 'NOT IN' ||
      (field.kind === 'param' && operators.has(operator))
    )
  if (operator !== 'IN' && operator !== 'NOT IN') return false
  if (field.kind === 'attribute') return targets[target].attributes[field.name]?.list === true
  return field.kind === 'dataset' || target === 'loggedModels'
}

interface ValueRequest {
  readonly field: Field
  readonly operator: string
  readonly rules: TestRules
}

function readValue(scanner: Scanner, request: ValueRequest): Test | string {
  const { field, operator, rules } = request
  if (operator === 'IN' || operator === 'NOT IN') {
    const values = readList(scanner)
    if (typeof values === 'string') return values
    return (
      words(request, value => values.includes(value)) ?? {
        kind: 'in',
        values,
        negated: operator === 'NOT IN',
      }
    )
  }
  if (isNumeric(field)) return readNumeric(scanner, request)
  const asNumber = field.kind === 'param' && rules.grammar === 'fettle' ? readNumber(scanner) : undefined
  if (asNumber !== undefined && operators.has(operator))
    return { kind: 'compare', op: operator as Comparison, value: asNumber }
  const value = readText(scanner)
  if (value === undefined) return textWanted(scanner, field)
  return textTest(request, value)
}

function textTest(request: ValueRequest, value: string): Test | string {
  const { operator } = request
  if (operator === 'LIKE' || operator === 'ILIKE') {
    if (value.length > maxPattern) return `the pattern is longer than ${maxPattern} characters`
    const ignoreCase = operator === 'ILIKE'
    return words(request, likeMatcher(value, ignoreCase)) ?? { kind: 'like', pattern: value, ignoreCase }
  }
  if (operator === '~') return regexFault(value) ?? { kind: 'regex', pattern: value }
  if (operator !== '=' && operator !== '!=')
    return `Invalid comparator '${operator}' for a text; write a number`
  return words(request, word => word === value) ?? { kind: 'compare', op: operator, value }
}

/**
 * A field of fixed words is asked by the words that pass, as MLflow writes them, so that it means the same here; in our
 * own grammar the words may be ours.
 */
function words(
  { field, operator, rules }: ValueRequest,
  passes: (word: string) => boolean,
): Test | undefined {
  if (field.kind !== 'attribute') return undefined
  const known = targets[rules.target].attributes[field.name]?.words
  if (known === undefined || operator === '~') return undefined
  const values = Object.entries(known)
    .filter(([theirs, ours]) => passes(theirs) || (rules.grammar === 'fettle' && passes(ours)))
    .map(([, ours]) => ours)
  return { kind: 'in', values, negated: operator === '!=' || operator === 'NOT IN' }
}

function readNumeric(scanner: Scanner, { field, operator, rules }: ValueRequest): Test | string {
  const op = operator as Comparison
  const value = readNumber(scanner)
  if (value !== undefined) {
    if (field.kind === 'attribute' && field.type === 'integer' && !Number.isInteger(value))
      return `Invalid value for ${nameOf(field)}: ${value} is no integer`
    // A span is spoken of in milliseconds, as times are.
    const spanned = field.kind === 'attribute' && field.type === 'micros' ? value * 1000 : value
    return { kind: 'compare', op, value: spanned }
  }
  const start = scanner.position()
  const literal = rules.grammar === 'fettle' ? readLiteral(scanner) : undefined
  if (literal !== undefined && field.kind === 'attribute' && field.type === 'millis') {
    const instant = readInstant(literal, rules.now)
    if (instant !== undefined) return { kind: 'instant', op, value: instant }
  }
  if (literal !== undefined && field.kind === 'attribute' && field.type === 'micros') {
    const span = readSpan(literal)
    if (span !== undefined) return { kind: 'instant', op, value: span }
  }
  return `Expected numeric value type for ${nameOf(field)}. Found ${literal ?? scanner.since(start)}`
}

/** A date or duration may be quoted or not. */
function readLiteral(scanner: Scanner): string | undefined {
  return readText(scanner) ?? scanner.take(/[+-]?[0-9][0-9A-Za-z:.+-]*/y)
}

function readNumber(scanner: Scanner): number | undefined {
  const found = scanner.take(number)
  return found === undefined ? undefined : Number(found)
}

/** A doubled quote, or one behind a backslash, does not end a text; both characters belong to it, as they do in MLflow. */
const quotedText = /'(?:''|\\'|[^'])*'|"(?:""|\\"|[^"])*"/y

function readText(scanner: Scanner): string | undefined {
  return scanner.take(quotedText)?.slice(1, -1)
}

function readList(scanner: Scanner): readonly string[] | string {
  const wrong = 'a list of quoted texts in parentheses is wanted'
  if (scanner.take(/\(/y) === undefined) return wrong
  const values: string[] = []
  do {
    const value = readText(scanner)
    // Python writes a tuple of one with a comma behind it.
    if (value === undefined && values.length > 0) break
    if (value === undefined) return wrong
    values.push(value)
  } while (scanner.take(/,/y) !== undefined)
  return scanner.take(/\)/y) === undefined ? wrong : values
}

function textWanted(scanner: Scanner, field: Field): string {
  const start = scanner.position()
  if (readNumber(scanner) !== undefined)
    return `Expected a quoted string value for ${nameOf(field)} (e.g. 'my-value')`
  const found = scanner.take(/[^\s,()]+/y) ?? scanner.since(start)
  return `Parameter value is either not quoted or unidentified quote types used for string value ${found}`
}

function nameOf(field: Field): string {
  if (field.kind !== 'attribute') return field.kind
  return `${isNumeric(field) ? 'numeric attribute' : 'attribute'}: ${field.name}`
}
