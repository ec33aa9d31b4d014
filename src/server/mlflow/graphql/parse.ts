import { FettleError } from '../../../kernel/errors/index.ts'

export type GraphqlValue =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'list'; readonly items: readonly GraphqlValue[] }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, GraphqlValue> }

export type GraphqlArguments = ReadonlyMap<string, GraphqlValue>

export interface Directive {
  readonly name: string
  readonly arguments: GraphqlArguments
}

export type Selection = { readonly directives: readonly Directive[] } & (
  | {
      readonly kind: 'field'
      readonly name: string
      /** Its alias, or its name. */
      readonly key: string
      readonly arguments: GraphqlArguments
      readonly selections: readonly Selection[]
    }
  | { readonly kind: 'spread'; readonly fragment: string }
  | { readonly kind: 'inline'; readonly on: string | undefined; readonly selections: readonly Selection[] }
)

export interface Operation {
  readonly name: string | undefined
  readonly defaults: ReadonlyMap<string, GraphqlValue>
  readonly selections: readonly Selection[]
}

export interface Document {
  readonly operations: readonly Operation[]
  readonly fragments: ReadonlyMap<string, { readonly on: string; readonly selections: readonly Selection[] }>
}

const token =
  /[\s,\uFEFF]*(?:#[^\n]*[\s,]*)*(?:(\.\.\.|[{}()[\]:=!$@|&])|([_A-Za-z]\w*)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\\n]|\\.)*"))/y
const maxDepth = 64

/** The executable part of GraphQL's grammar (October 2021, §2), without block strings. Throws BAD_REQUEST. */
export function parseGraphql(text: string): Document {
  const cursor = cursorOver(tokensOf(text))
  const operations: Operation[] = []
  const fragments = new Map<string, { readonly on: string; readonly selections: readonly Selection[] }>()
  while (!cursor.atEnd()) {
    if (!cursor.accept('fragment')) {
      operations.push(readOperation(cursor))
      continue
    }
    const name = cursor.name()
    cursor.expect('on')
    const on = cursor.name()
    readDirectives(cursor)
    fragments.set(name, { on, selections: readSelections(cursor, 1) })
  }
  if (operations.length === 0) throw cursor.fault('an operation')
  return { operations, fragments }
}

function tokensOf(text: string): readonly string[] {
  const tokens: string[] = []
  const trimmed = text.replace(/[\s,]+$/, '')
  token.lastIndex = 0
  while (token.lastIndex < trimmed.length) {
    const at = token.lastIndex
    const match = token.exec(trimmed)
    if (match === null) {
      if (/^[\s,]*#[^\n]*$/.test(trimmed.slice(at))) break
      throw new FettleError('BAD_REQUEST', `the query cannot be read at character ${at}`)
    }
    tokens.push(match.slice(1).find(part => part !== undefined) ?? '')
  }
  return tokens
}

interface Cursor {
  atEnd(): boolean
  /** The token that is next; empty at the end. */
  peek(): string
  take(): string
  /** Takes the token if it is this one. */
  accept(token: string): boolean
  expect(token: string): void
  name(): string
  /** Items until the token that closes them. */
  until<Item>(close: string, item: () => Item): Item[]
  fault(wanted: string): FettleError
}

function cursorOver(tokens: readonly string[]): Cursor {
  let at = 0
  const cursor: Cursor = {
    atEnd: () => at >= tokens.length,
    peek: () => tokens[at] ?? '',
    take: () => tokens[at++] ?? '',
    accept(token) {
      if (cursor.peek() !== token) return false
      at++
      return true
    },
    expect(token) {
      if (!cursor.accept(token)) throw cursor.fault(token)
    },
    name() {
      if (!/^[_A-Za-z]/.test(cursor.peek())) throw cursor.fault('a name')
      return cursor.take()
    },
    until(close, item) {
      const items = []
      while (!cursor.accept(close)) {
        if (cursor.atEnd()) throw cursor.fault(close)
        items.push(item())
      }
      return items
    },
    fault: wanted =>
      new FettleError(
        'BAD_REQUEST',
        `the query is wrong at ${cursor.peek() === '' ? 'its end' : cursor.peek().slice(0, 100)}: ${wanted} is wanted`,
      ),
  }
  return cursor
}

function readValue(cursor: Cursor, depth: number): GraphqlValue {
  if (depth > maxDepth) throw cursor.fault('less nesting')
  if (cursor.accept('$')) return { kind: 'variable', name: cursor.name() }
  if (cursor.accept('['))
    return { kind: 'list', items: cursor.until(']', () => readValue(cursor, depth + 1)) }
  if (cursor.accept('{'))
    return { kind: 'object', fields: new Map(cursor.until('}', () => readPair(cursor, depth + 1))) }
  if (!/^[-\w"]/.test(cursor.peek())) throw cursor.fault('a value')
  return { kind: 'literal', value: literalOf(cursor.take()) }
}

function readPair(cursor: Cursor, depth: number): [string, GraphqlValue] {
  const key = cursor.name()
  cursor.expect(':')
  return [key, readValue(cursor, depth)]
}

function readArguments(cursor: Cursor): GraphqlArguments {
  return new Map(cursor.accept('(') ? cursor.until(')', () => readPair(cursor, 0)) : [])
}

function readDirectives(cursor: Cursor): Directive[] {
  const found: Directive[] = []
  while (cursor.accept('@')) found.push({ name: cursor.name(), arguments: readArguments(cursor) })
  return found
}

function readSelections(cursor: Cursor, depth: number): Selection[] {
  if (depth > maxDepth) throw cursor.fault('less nesting')
  cursor.expect('{')
  return cursor.until('}', () => readSelection(cursor, depth))
}

function readSelection(cursor: Cursor, depth: number): Selection {
  if (cursor.accept('...')) return readFragment(cursor, depth)
  const key = cursor.name()
  return {
    kind: 'field',
    key,
    name: cursor.accept(':') ? cursor.name() : key,
    arguments: readArguments(cursor),
    directives: readDirectives(cursor),
    selections: cursor.peek() === '{' ? readSelections(cursor, depth + 1) : [],
  }
}

function readFragment(cursor: Cursor, depth: number): Selection {
  const on = cursor.accept('on') ? cursor.name() : undefined
  if (on === undefined && cursor.peek() !== '{' && cursor.peek() !== '@')
    return { kind: 'spread', fragment: cursor.name(), directives: readDirectives(cursor) }
  return {
    kind: 'inline',
    on,
    directives: readDirectives(cursor),
    selections: readSelections(cursor, depth + 1),
  }
}

function readOperation(cursor: Cursor): Operation {
  if (cursor.peek() !== '{' && !cursor.accept('query') && !cursor.accept('mutation'))
    throw cursor.fault('query, mutation or fragment')
  const name = /^[_A-Za-z]/.test(cursor.peek()) ? cursor.name() : undefined
  const defaults = new Map(cursor.accept('(') ? cursor.until(')', () => readVariable(cursor)) : [])
  readDirectives(cursor)
  return { name, defaults, selections: readSelections(cursor, 1) }
}

function readVariable(cursor: Cursor): [string, GraphqlValue] {
  cursor.expect('$')
  const name = cursor.name()
  cursor.expect(':')
  while (cursor.accept('['));
  cursor.name()
  while (cursor.accept(']') || cursor.accept('!'));
  const initial: GraphqlValue = cursor.accept('=') ? readValue(cursor, 0) : { kind: 'literal', value: null }
  readDirectives(cursor)
  return [name, initial]
}

/** Names that are no keyword are names of enums. */
function literalOf(text: string): unknown {
  if (text === 'null') return null
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^[-\d]/.test(text)) return Number(text)
  if (!text.startsWith('"')) return text
  try {
    return JSON.parse(text)
  } catch {
    throw new FettleError('BAD_REQUEST', `${text.slice(0, 100)} is no string of GraphQL`)
  }
}
