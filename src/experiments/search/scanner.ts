/** Reads a filter from left to right; every `take` skips white space before, and moves on only when it finds something. */
export interface Scanner {
  position(): number
  /** The text matched by a sticky expression, if it is next. */
  take(expression: RegExp): string | undefined
  atEnd(): boolean
  /** What was written from a position up to here, or a piece of what follows when nothing was. */
  since(start: number): string
}

const shown = 100

export function createScanner(text: string): Scanner {
  let at = 0
  const skip = () => {
    while (at < text.length && /\s/.test(text.charAt(at))) at++
  }
  return {
    position() {
      skip()
      return at
    },
    take(expression) {
      skip()
      expression.lastIndex = at
      const found = expression.exec(text)?.[0]
      at += found?.length ?? 0
      return found
    },
    atEnd() {
      skip()
      return at >= text.length
    },
    since(start) {
      const written = at > start ? text.slice(start, at) : text.slice(start)
      const clause = written.trim()
      return clause.length > shown ? `${clause.slice(0, shown)}…` : clause
    },
  }
}
