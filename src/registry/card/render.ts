import type { CardRow, CardSection, ModelCard } from './model.ts'

const heading = ({ model, version }: ModelCard) => `Model card: ${model} v${version}`
const status = ({ frozenAt }: ModelCard) =>
  frozenAt === null
    ? 'Computed from what is known now.'
    : `Frozen ${frozenAt}, when the version was released.`
const textOfRow = ({ value, missing }: CardRow) => value ?? missing ?? ''
const authorOf = ({ writtenBy }: CardRow) => (writtenBy === null ? '' : `written by ${writtenBy}`)

export function cardMarkdown(card: ModelCard): string {
  const cell = (text: string) =>
    text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;').replace(/\s+/g, ' ')
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  const table = (head: readonly string[], rows: readonly (readonly string[])[]) => [
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    '',
  ]
  const row = (each: CardRow) => {
    const author = authorOf(each)
    return [each.name, author === '' ? textOfRow(each) : `${textOfRow(each)} (${author})`]
  }
  const body = ({ title, rows, table: more }: CardSection) => [
    `## ${title}`,
    '',
    ...(rows.length > 0 ? table(['Fact', 'Value'], rows.map(row)) : []),
    ...(more === null ? [] : table(more.head, more.rows)),
  ]
  return [`# ${cell(heading(card))}`, '', status(card), '', ...card.sections.flatMap(body)].join('\n')
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => text.replace(/[&<>"']/g, character => escapes[character] ?? '')

/** A page of its own, without scripts. */
export function cardHtml(card: ModelCard): string {
  const row = (each: CardRow) => {
    const author = authorOf(each)
    const value = each.value === null ? `<em>${escaped(textOfRow(each))}</em>` : escaped(each.value)
    return `<tr><th scope="row">${escaped(each.name)}</th><td>${value}${author === '' ? '' : ` <small>${escaped(author)}</small>`}</td></tr>`
  }
  const table = ({ head, rows }: NonNullable<CardSection['table']>) =>
    `<table><thead><tr>${head.map(each => `<th scope="col">${escaped(each)}</th>`).join('')}</tr></thead><tbody>${rows
      .map(cells => `<tr>${cells.map(each => `<td>${escaped(each)}</td>`).join('')}</tr>`)
      .join('')}</tbody></table>`
  const body = ({ title, rows, table: more }: CardSection) =>
    `<section><h2>${escaped(title)}</h2>${rows.length > 0 ? `<table><tbody>${rows.map(row).join('')}</tbody></table>` : ''}${more === null ? '' : table(more)}</section>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(heading(card))}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;margin:.5rem 0}th,td{border-bottom:1px solid #ddd;padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top;overflow-wrap:anywhere}</style>
</head><body><h1>${escaped(heading(card))}</h1><p>${escaped(status(card))}</p>
${card.sections.map(body).join('\n')}
</body></html>
`
}
