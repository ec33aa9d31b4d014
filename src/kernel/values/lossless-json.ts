/** A number as it was written: no digit and no sign is lost. */
export class JsonNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type LosslessJson =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly LosslessJson[]
  | ReadonlyMap<string, LosslessJson>

const numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const stringToken = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const blanks = /[ \t\n\r]*/y
const maxDepth = 512

/**
 * Parses JSON without rounding: numbers stay text, objects become maps in the order written (the last of equal keys
 * counts). Throws SyntaxError that names the offset.
 */
export function parseLosslessJson(text: string): LosslessJson {
  const reader = { text, at: 0 }
  const value = readValue(reader, 0)
  skipBlanks(reader)
  if (reader.at < text.length) fail(reader, 'unexpected text after the value')
  return value
}

interface Reader {
  readonly text: string
  at: number
}

function fail(reader: Reader, what: string): never {
  throw new SyntaxError(`${what} at offset ${reader.at}`)
}

function skipBlanks(reader: Reader): void {
  blanks.lastIndex = reader.at
  reader.at += blanks.exec(reader.text)?.[0].length ?? 0
}

function take(reader: Reader, token: RegExp, what: string): string {
  token.lastIndex = reader.at
  const match = token.exec(reader.text)
  if (!match) fail(reader, what)
  reader.at += match[0].length
  return match[0]
}

const literals = { t: ['true', true], f: ['false', false], n: ['null', null] } as const

function readValue(reader: Reader, depth: number): LosslessJson {
  if (depth > maxDepth) fail(reader, 'nested too deeply')
  skipBlanks(reader)
  const first = reader.text[reader.at]
  if (first === '{') return readObject(reader, depth)
  if (first === '[') return readArray(reader, depth)
  if (first === '"') return JSON.parse(take(reader, stringToken, 'a bad string')) as string
  if (first === 't' || first === 'f' || first === 'n') {
    const [word, value] = literals[first]
    if (!reader.text.startsWith(word, reader.at)) fail(reader, 'unexpected text')
    reader.at += word.length
    return value
  }
  return new JsonNumber(take(reader, numberToken, 'unexpected text'))
}

function readArray(reader: Reader, depth: number): readonly LosslessJson[] {
  const items: LosslessJson[] = []
  reader.at += 1
  while (!closes(reader, ']', items.length > 0)) items.push(readValue(reader, depth + 1))
  return items
}

function readObject(reader: Reader, depth: number): ReadonlyMap<string, LosslessJson> {
  const members = new Map<string, LosslessJson>()
  reader.at += 1
  let any = false
  while (!closes(reader, '}', any)) {
    any = true
    skipBlanks(reader)
    const key = JSON.parse(take(reader, stringToken, 'a key was expected')) as string
    skipBlanks(reader)
    if (reader.text[reader.at] !== ':') fail(reader, 'a colon was expected')
    reader.at += 1
    members.set(key, readValue(reader, depth + 1))
  }
  return members
}

/** Consumes the closing bracket, or the comma before the next item. */
function closes(reader: Reader, bracket: ']' | '}', comma: boolean): boolean {
  skipBlanks(reader)
  if (reader.text[reader.at] === bracket) {
    reader.at += 1
    return true
  }
  if (comma) {
    if (reader.text[reader.at] !== ',') fail(reader, `a comma or ${bracket} was expected`)
    reader.at += 1
  }
  return false
}
