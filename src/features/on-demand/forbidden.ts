import { FettleError } from '../../kernel/errors/index.ts'

const outside = new Set([
  'process',
  'require',
  'module',
  'fetch',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'crypto',
  'Buffer',
  'WebAssembly',
  'SharedArrayBuffer',
  'Atomics',
  'eval',
  'Function',
  'globalThis',
  'import',
  'Intl',
  'async',
  'await',
])

/**
 * Refuses a text that names something outside itself, the clock or randomness, before it is ever run; names that the
 * text itself declares are its own. What hides from this (computed names) throws when it is used.
 */
export function refuseForbidden(name: string, text: string): void {
  const code = withoutLiterals(text)
  for (const match of code.matchAll(/[A-Za-z_$][\w$]*/g)) {
    const word = match[0]
    const before = code.slice(0, match.index).trimEnd()
    const member = before.endsWith('.') && !before.endsWith('...')
    if (
      !member &&
      outside.has(word) &&
      !isProperty(code, match.index + word.length) &&
      !isDeclared(code, word)
    ) {
      refuse(name, text, word, match.index)
    }
  }
  const clock =
    /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(\(\s*\)|(?!\s*\())|(?<!new\s+)\bDate\s*\(|\bMath\s*\.\s*random\b/.exec(
      code,
    )
  if (clock) refuse(name, text, clock[0], clock.index)
}

function refuse(name: string, text: string, what: string, index: number): never {
  const line = text.slice(0, index).split('\n').length
  throw new FettleError(
    'ONDEMAND_FORBIDDEN',
    `on-demand feature ${name} uses ${what} in line ${line}: it must be a pure function of its inputs`,
    {
      details: { name, line, what },
    },
  )
}

function isProperty(code: string, end: number): boolean {
  return /^\s*:(?!:)/.test(code.slice(end)) && !/\?[^:?]*$/.test(code.slice(0, end))
}

function isDeclared(code: string, word: string): boolean {
  if (word === 'import' || word === 'async' || word === 'await') return false
  return new RegExp(`\\b(?:const|let|var|function)\\s+${word}\\b`).test(code)
}

/** The text with comments and the insides of strings blanked out; lengths and lines are kept. Templates keep their code. */
function withoutLiterals(text: string): string {
  const blank = (found: string): string => found.replace(/[^\n]/g, ' ')
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, blank)
}
