import { describe, expect, it } from 'vitest'
import { dataUrl, fileKind, parseCsv } from './file-kind.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('files', () => {
  it.each([
    ['plot.PNG', 'x', 'image'],
    ['a/report.html', '<script>', 'text'],
    ['model.json', '{}', 'json'],
    ['rows.csv', 'a,b', 'csv'],
    ['model.pkl', '\0\u0001', 'binary'],
    ['README', 'text', 'text'],
  ])('%s is looked into as %s', (path, head, kind) => {
    expect(fileKind(path, bytes(head))).toBe(kind)
  })
  it('reads rows with quotes, empty cells and line ends inside', () => {
    expect(parseCsv('a,b\r\n"x,1","say ""no"""\n"two\nlines",\n', 10)).toEqual([
      ['a', 'b'],
      ['x,1', 'say "no"'],
      ['two\nlines', ''],
    ])
    expect(parseCsv('a\tb\n1\t2', 10)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
    expect(parseCsv('a\nb\nc\n', 2)).toEqual([['a'], ['b']])
  })
  it('writes bytes into an address', () => {
    expect(dataUrl('image/png', new Uint8Array([0, 255, 16]))).toBe('data:image/png;base64,AP8Q')
  })
})
