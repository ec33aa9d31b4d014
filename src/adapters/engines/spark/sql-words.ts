/**
 * The text with what is no code blanked out: comments, string literals and quoted names, as Spark reads them: a backslash
 * escapes inside quotes, except in raw strings, and two quotes inside quotes are one.
 */
export function codeOnly(query: string): string {
  return query.replace(quoted, found => (found.startsWith('-') || found.startsWith('/') ? ' ' : '?'))
}

const quoted =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\b[rR]'[^']*'|\b[rR]"[^"]*"|'(?:\\[\s\S]|''|[^'\\])*'|"(?:\\[\s\S]|""|[^"\\])*"|`(?:``|[^`])*`/g
