/**
 * A portable pattern (see `translatePattern`) as `java.util.regex` must be given it to mean the same: there `.` and `$`
 * know more line ends, `\s`, `\v` and `\b` more characters, and `&&` intersects classes.
 */
export function javaPattern(pattern: string): string {
  let inClass = false
  return pattern.replace(/\\(?:x[0-9a-fA-F]{2}|.)|[[\].$&]/gsu, token => {
    if (token.startsWith('\\')) return (inClass ? classEscapes : escapes)[token] ?? token
    if (token === '[') inClass = true
    if (token === ']') inClass = false
    if (token === '&') return inClass ? '\\&' : token
    return inClass ? token : (bare[token] ?? token)
  })
}

const blanks = '\\t\\n\\f\\r '
const bare: Readonly<Record<string, string>> = { '.': '[^\\n]', $: '\\z' }
const classEscapes: Readonly<Record<string, string>> = { '\\s': blanks, '\\v': '\\x0B' }
const escapes: Readonly<Record<string, string>> = {
  '\\s': `[${blanks}]`,
  '\\S': `[^${blanks}]`,
  '\\v': '\\x0B',
  '\\b': '(?:(?<=\\w)(?!\\w)|(?<!\\w)(?=\\w))',
  '\\B': '(?:(?<=\\w)(?=\\w)|(?<!\\w)(?!\\w))',
}
