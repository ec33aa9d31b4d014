import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

/** A fenced block of a page. `fragment` says that it is a part of something and only has to parse. */
export interface DocBlock {
  /** `docs/client.md:12`, the line of the opening fence. */
  readonly place: string
  readonly language: string
  /** All that stands after the opening fence: the language, `fragment`, a name. */
  readonly info: string
  readonly fragment: boolean
  readonly text: string
}

/** Pages that people read: what they say is run, compiled or looked up. */
export function docPages(): readonly string[] {
  const docs = readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`)
  return ['README.md', 'CONTRIBUTING.md', 'examples/flights/README.md', ...docs].filter(path =>
    existsSync(join(root, path)),
  )
}

export function blocksOf(page: string): readonly DocBlock[] {
  const blocks: DocBlock[] = []
  let open: { info: string; line: number; lines: string[] } | undefined
  for (const [at, line] of readPage(page).split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line)
    if (fence === null) open?.lines.push(line)
    else if (open === undefined) open = { info: fence[1] ?? '', line: at + 1, lines: [] }
    else {
      const [language = '', ...words] = open.info.split(' ')
      const place = `${page}:${open.line}`
      const fragment = words.includes('fragment')
      blocks.push({ place, language, info: open.info, fragment, text: open.lines.join('\n') })
      open = undefined
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line}: the block is not closed`)
  return blocks
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}
