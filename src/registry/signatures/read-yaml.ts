/** What a file says at a place; lists are read over, since nothing asked of an MLmodel stands in one. */
export type YamlValue = string | null | { readonly [key: string]: YamlValue }

interface Line {
  readonly indent: number
  readonly text: string
}

/**
 * The part of YAML that `MLmodel` files are written in (PyYAML's block style): nested mappings of plain, single- or
 * double-quoted scalars, also folded over lines, and `null`, `{}`, `[]`. Scalars stay text. Lists are null. Throws a
 * SyntaxError, with the line, for anything else: anchors, tags, aliases, tabs, block scalars.
 */
export function readYaml(text: string): YamlValue {
  const lines = text.split(/\r?\n/)
  let at = 0

  const fail = (what: string): never => {
    throw new SyntaxError(`line ${at + 1}: ${what}`)
  }

  function peek(): Line | undefined {
    for (; at < lines.length; at++) {
      const line = lines[at] ?? ''
      if (/^\s*(?:#.*)?$/.test(line) || line === '---') continue
      const indent = line.length - line.trimStart().length
      if (line.slice(0, indent).includes('\t')) fail('a tab indents it')
      return { indent, text: line.slice(indent) }
    }
    return undefined
  }

  function mapping(indent: number): { [key: string]: YamlValue } {
    const found: { [key: string]: YamlValue } = Object.create(null)
    for (let line = peek(); line !== undefined && line.indent === indent; line = peek()) {
      const [, key = fail('a key is wanted'), rest = ''] =
        /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s:#'"&*!|>%@[\]{}-][^:#]*?):(?:\s+(.*))?$/.exec(line.text) ??
        []
      found[unquoted(key)] = entry(rest.trim(), indent)
    }
    return found
  }

  function entry(rest: string, indent: number): YamlValue {
    if (rest !== '' && !rest.startsWith('#')) return scalar(rest, indent)
    at++
    const next = peek()
    if (next !== undefined && next.indent >= indent && /^-(?:\s|$)/.test(next.text)) return list(indent)
    return next !== undefined && next.indent > indent ? mapping(next.indent) : null
  }

  function list(indent: number): null {
    for (let line = peek(); line !== undefined; line = peek()) {
      const inside = line.indent > indent || (line.indent === indent && /^-(?:\s|$)/.test(line.text))
      if (!inside) break
      at++
    }
    return null
  }

  /** Goes on over the lines that belong to it. */
  function scalar(first: string, indent: number): YamlValue {
    if (/^[&*!|>%@`]/.test(first)) fail('this kind of value is not read')
    const quote = first[0] === "'" || first[0] === '"' ? first[0] : undefined
    const parts = [quote === undefined ? first : first.slice(1)]
    at++
    while (quote === undefined ? goesOn(indent) : !closing[quote].test(parts.at(-1) ?? '')) {
      if (at >= lines.length) fail('the quote is not closed')
      parts.push((lines[at] ?? '').trim())
      at++
    }
    if (quote === undefined) return plain(folded(parts, quote))
    const last = (parts.pop() ?? '').replace(closing[quote], '$1')
    return unquoted(`${quote}${folded([...parts, last], quote)}${quote}`)
  }

  function goesOn(indent: number): boolean {
    const line = lines[at] ?? ''
    return line.trim() !== '' && line.length - line.trimStart().length > indent
  }

  const root = peek()
  const value = root === undefined ? null : mapping(root.indent)
  if (peek() !== undefined) fail('it is indented as nothing before it')
  return value
}

/** The rest of a line on which a quoted text ends; what stands before the quote is its last part. */
const closing = {
  "'": /^((?:[^']|'')*)'\s*(?:#.*)?$/,
  '"': /^((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/,
} as const

/** A line break reads as a space, an empty line as a break; a backslash at the end of a double-quoted line as nothing. */
function folded(parts: readonly string[], quote: string | undefined): string {
  const pieces = parts.map((part, i) => {
    const before = parts[i - 1]
    const continued = quote === '"' && before !== undefined && /(?:^|[^\\])(?:\\\\)*\\$/.test(before)
    const glue = i === 0 || continued ? '' : part === '' ? '\n' : before === '' ? '' : ' '
    return `${glue}${part}`
  })
  return quote === '"'
    ? pieces.map(piece => piece.replace(/((?:^|[^\\])(?:\\\\)*)\\$/, '$1')).join('')
    : pieces.join('')
}

function plain(text: string): YamlValue {
  const value = text.replace(/\s+#.*$/, '')
  if (value === 'null' || value === '~' || value === '[]' || value === '') return null
  return value === '{}' ? {} : value
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  e: '\u001b',
  _: '\u00a0',
}

function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'")
  if (!text.startsWith('"')) return text.trim()
  return text
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g, (_, x, u, U, one) =>
      one === undefined ? String.fromCodePoint(Number.parseInt(x ?? u ?? U, 16)) : (escapes[one] ?? one),
    )
}
