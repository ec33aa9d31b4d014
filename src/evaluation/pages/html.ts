/** Text that is HTML already. */
export interface Markup {
  readonly markup: string
}

type Part = string | number | null | Markup | readonly Markup[]

const escapes: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
}

/** HTML with every value escaped that is not markup; null is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: texts.reduce((page, text, index) => page + markupOf(parts[index - 1] ?? null) + text) }
}

function markupOf(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string') return part.replace(/[&<>"']/g, character => escapes[character] ?? '')
  if (typeof part === 'number') return String(part)
  return 'markup' in part ? part.markup : part.map(each => each.markup).join('')
}

/** Head and rows as a table; columns that are not the first stand right. */
export function htmlTable(head: readonly string[], rows: readonly (readonly (string | Markup)[])[]): Markup {
  return html`<div class="scroll"><table><thead><tr>${head.map(each => html`<th scope="col">${each}</th>`)}</tr></thead>
<tbody>${rows.map(cells => html`<tr>${cells.map(cell => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`
}
