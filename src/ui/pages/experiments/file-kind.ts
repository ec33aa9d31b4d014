export type FileKind = 'image' | 'json' | 'csv' | 'text' | 'binary'

const images: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
}

/** How a file is looked into, by its name, and whether its bytes are text. HTML is text: it is never run. */
export function fileKind(path: string, head: Uint8Array): FileKind {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  if (ending in images) return 'image'
  if (head.includes(0)) return 'binary'
  if (ending === 'json' || ending === 'ipynb') return 'json'
  return ending === 'csv' || ending === 'tsv' ? 'csv' : 'text'
}

export function imageType(path: string): string {
  return images[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream'
}

/** Rows of comma- or tab-separated text (RFC 4180): quotes hold separators and line ends, doubled quotes are one. */
export function parseCsv(text: string, most: number): readonly (readonly string[])[] {
  const separator = (text.split('\n', 1)[0] ?? '').includes('\t') ? '\t' : ','
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < text.length && rows.length < most; at++) {
    const sign = text.charAt(at)
    if (quoted) {
      if (sign !== '"') cell += sign
      else if (text.charAt(at + 1) === '"') cell += text.charAt(++at)
      else quoted = false
    } else if (sign === '"' && cell === '') quoted = true
    else if (sign === separator) {
      row.push(cell)
      cell = ''
    } else if (sign === '\n') {
      rows.push([...row, cell.replace(/\r$/, '')])
      row = []
      cell = ''
    } else cell += sign
  }
  if (rows.length < most && (cell !== '' || row.length > 0)) rows.push([...row, cell])
  return rows
}

/** Bytes as a data address, in pieces so that the stack holds. */
export function dataUrl(type: string, bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return `data:${type};base64,${btoa(text)}`
}
