import type { Definition } from '../definitions/index.ts'

/** Documentation comments of a TypeScript file, by the line of what stands below them. */
export interface Comment {
  readonly text: string
  /** The name before a colon or in a `const` that follows. */
  readonly subject: string
  /** Where the subject stands, from 1. */
  readonly line: number
  /** Open brackets around it: 0 at the top of the file. */
  readonly depth: number
}

/** Documentation comments with what they document. Text and brackets in strings and other comments do not count. */
export function commentsIn(source: string): readonly Comment[] {
  const comments: Comment[] = []
  let depth = 0
  let line = 1
  for (const match of source.matchAll(tokens)) {
    const [token] = match
    if (token.startsWith('/**') && token.length > 4) {
      const rest = source.slice(match.index + token.length)
      comments.push(...subjectOf(rest, { text: plainText(token), line: line + newlines(token), depth }))
    } else if ('([{'.includes(token)) depth++
    else if (')]}'.includes(token)) depth--
    line += newlines(token)
  }
  return comments
}

const tokens =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|[()[\]{}]|\n/g

function subjectOf(rest: string, found: Omit<Comment, 'subject'>): Comment[] {
  const match = /^(\s*)(?:export\s+)?(?:const\s+(\w+)|["']?(\w+)["']?\s*:)/.exec(rest)
  const subject = match?.[2] ?? match?.[3]
  return subject === undefined ? [] : [{ ...found, subject, line: found.line + newlines(match?.[1] ?? '') }]
}

function newlines(text: string): number {
  return text.split('\n').length - 1
}

/** Without stars, tags and line ends. */
function plainText(comment: string): string {
  const lines = comment
    .slice(3, -2)
    .split('\n')
    .map(line => line.replace(/^\s*\*?\s?/, '').trim())
  const tagged = lines.findIndex(line => line.startsWith('@'))
  return lines
    .slice(0, tagged < 0 ? undefined : tagged)
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * A definition with the comment above it as its description, and those inside it as descriptions of the key components,
 * columns and features they stand above. What is described already stays so.
 */
export function documented(
  definition: Definition,
  { comments, line }: { readonly comments: readonly Comment[]; readonly line: number },
): Definition {
  const above = comments.findLast(each => each.depth === 0 && (each.line === line || each.line === line - 1))
  const end = comments.find(each => each.depth === 0 && each.line > line)?.line ?? Number.POSITIVE_INFINITY
  const inside = new Map(
    comments
      .filter(each => each.depth > 0 && each.line >= line && each.line < end)
      .map(each => [each.subject, each.text]),
  )
  const described = <Named extends { readonly name: string; readonly description?: string }>(
    named: Named,
  ): Named => {
    const text = inside.get(named.name)
    return named.description !== undefined || text === undefined ? named : { ...named, description: text }
  }
  const own = definition.description === undefined && above !== undefined ? { description: above.text } : {}
  switch (definition.kind) {
    case 'entity':
      return { ...definition, ...own, key: definition.key.map(described) }
    case 'source':
      return { ...definition, ...own, columns: definition.columns.map(described) }
    case 'featureView':
      return { ...definition, ...own, features: definition.features.map(described) }
    default:
      return { ...definition, ...own }
  }
}
