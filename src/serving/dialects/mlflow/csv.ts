import { FettleError } from '../../../kernel/errors/index.ts'
import { requireRows } from '../rows.ts'

/** A field of a CSV line: its text, and whether it stood in quotes. */
export interface CsvField {
  readonly text: string
  readonly quoted: boolean
}

export interface CsvLine {
  readonly fields: readonly CsvField[]
  /** From 1. */
  readonly line: number
}

const maxFields = 16_384

/**
 * RFC 4180 with comma; lines end with CRLF or LF, the last one may. BAD_CSV with the line for a quote that is not closed
 * or stands within a field, for an empty line, and for a line with more or fewer fields than the first. BATCH_TOO_LARGE as
 * soon as there are too many lines; with `header` the first is no row.
 */
export function parseCsv(text: string, header: boolean): readonly CsvLine[] {
  const lines: CsvLine[] = []
  let at = 0
  let line = 1
  while (at < text.length) {
    const first = line
    const fields: CsvField[] = []
    for (;;) {
      const field = text[at] === '"' ? quotedField(text, at, line) : plainField(text, at, line)
      fields.push(field)
      if (fields.length > maxFields) throw badCsv(first, `has more than ${maxFields} fields`)
      line += field.breaks
      at = field.end
      if (text[at] !== ',') break
      at += 1
    }
    if (fields.length === 1 && fields[0]?.text === '' && !fields[0].quoted) throw badCsv(first, 'is empty')
    const width = lines[0]?.fields.length ?? fields.length
    if (fields.length !== width)
      throw badCsv(first, `has ${fields.length} fields, the first line has ${width}`)
    lines.push({ fields, line: first })
    requireRows(lines.length - (header ? 1 : 0))
    at += text[at] === '\r' ? 2 : 1
    line += 1
  }
  return lines
}

interface Read extends CsvField {
  /** Behind the field: at a comma, a line end or the end. */
  readonly end: number
  readonly breaks: number
}

const plain = /[^,"\r\n]*/y

function plainField(text: string, at: number, line: number): Read {
  plain.lastIndex = at
  const found = plain.exec(text)?.[0] ?? ''
  const end = at + found.length
  if (text[end] === '"') throw badCsv(line, 'has a quote within a field')
  if (text[end] === '\r' && text[end + 1] !== '\n') throw badCsv(line, 'has a CR without LF')
  return { text: found, quoted: false, end, breaks: 0 }
}

function quotedField(text: string, at: number, line: number): Read {
  let content = ''
  for (let from = at + 1; ; ) {
    const close = text.indexOf('"', from)
    if (close < 0) throw badCsv(line, 'has a quote that is never closed')
    content += text.slice(from, close)
    if (text[close + 1] !== '"') {
      const end = close + 1
      if (end < text.length && !/^(,|\n|\r\n)/.test(text.slice(end, end + 2)))
        throw badCsv(line, 'has text behind a closing quote')
      return { text: content, quoted: true, end, breaks: content.split('\n').length - 1 }
    }
    content += '"'
    from = close + 2
  }
}

function badCsv(line: number, what: string): FettleError {
  return new FettleError('BAD_CSV', `line ${line} ${what}`, { details: { line } })
}
