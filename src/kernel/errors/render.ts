import { type ErrorEntry, errorCatalogue } from './index.ts'

/** docs/errors.md: every code of the catalogue with status, meaning and what to do. */
export function renderErrorsDoc(): string {
  const rows = Object.entries<ErrorEntry>(errorCatalogue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, title, hint }]) => `| \`${code}\` | ${status} | ${title} | ${hint} |`)
  return [
    '# Errors',
    '',
    'Every error has a code, one sentence that says what, where and why, and a hint. Made from the catalogue in `src/kernel/errors`.',
    '',
    '| code | HTTP | meaning | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
