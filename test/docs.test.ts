import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { transform } from 'esbuild'
import * as language from 'fettle'
import { describe, expect, it } from 'vitest'
import * as features from '../examples/flights/definitions/features.ts'
import * as late from '../examples/flights/definitions/late.ts'
import * as sources from '../examples/flights/definitions/sources.ts'
import { commands, optionsOf } from '../src/cli/commands.ts'
import { buildProgram } from '../src/cli/main.ts'
import { renderCliDoc } from '../src/cli/render/cli-doc.ts'
import { errorCatalogue } from '../src/kernel/errors/index.ts'
import { renderApiDoc } from '../src/server/api-doc.ts'
import { blocksOf, docPages, readPage } from './support/doc-blocks.ts'
import { fakeIo } from './support/fake-io.ts'
import { root } from './support/root.ts'

const pages = docPages()
const blocks = pages.flatMap(blocksOf)
const languages = ['', 'ts', 'sh', 'json', 'python']

describe('pages made from tables (node scripts/run.mjs scripts/docs.ts writes them)', () => {
  it('docs/cli.md is the table of commands', () => expect(readPage('docs/cli.md')).toBe(renderCliDoc()))

  it('docs/api.md is the table of routes', () => expect(readPage('docs/api.md')).toBe(renderApiDoc()))

  it('every command and every flag is in docs/cli.md', () => {
    const page = readPage('docs/cli.md')
    const words = commands.flatMap(spec => [
      `fettle ${spec.usage}`,
      ...optionsOf(spec).map(({ flags }) => flags),
    ])
    expect(words.filter(word => !page.includes(`\`${word}\``))).toEqual([])
  })
})

describe('links', () => {
  it.each(pages)('of %s lead to files', page => {
    const targets = [...readPage(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(
      ([, target]) => target ?? '',
    )
    const broken = targets.filter(
      target => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(page), target)),
    )
    expect(broken).toEqual([])
  })
})

describe('TypeScript', () => {
  const typescript = blocks.filter(block => block.language === 'ts')
  const whole = typescript.filter(block => !block.fragment)

  it('compiles, with the language and the definitions of examples/flights at hand', () => {
    expect(whole.length).toBeGreaterThan(2)
    mkdirSync(join(root, '.cache'), { recursive: true })
    const folder = mkdtempSync(join(root, '.cache', 'docs-'))
    try {
      for (const [at, { text }] of whole.entries())
        writeFileSync(join(folder, `block-${at}.ts`), prelude(text) + text)
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'], exclude: [] }),
      )
      expect(
        typeErrors(
          folder,
          whole.map(({ place }) => place),
        ),
      ).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('fragments parse', async () => {
    for (const { text, place } of typescript.filter(block => block.fragment)) {
      const parsed = transform(`async () => {\n${text}\n}`, { loader: 'ts' })
      await expect(parsed, place).resolves.toMatchObject({ warnings: [] })
    }
  })
})

const atHand: readonly (readonly [string, object])[] = [
  ['fettle', language],
  ['../../examples/flights/definitions/features.ts', features],
  ['../../examples/flights/definitions/late.ts', late],
  ['../../examples/flights/definitions/sources.ts', sources],
]

/** Imports of the names that a block uses and does not say where they are from. */
function prelude(text: string): string {
  const declared = new Set([...text.matchAll(/\b(?:const|function)\s+(\w+)/g)].map(([, name]) => name))
  const imported = [...text.matchAll(/import \{([^}]*)\}/g)].flatMap(([, names = '']) =>
    names.split(/[\s,]+/),
  )
  const used = new Set([...text.matchAll(/\b[A-Za-z]\w*/g)].map(([name]) => name))
  const lines = atHand.map(([from, names]) => {
    const wanted = Object.keys(names).filter(
      name => used.has(name) && !declared.has(name) && !imported.includes(name),
    )
    return wanted.length === 0 ? '' : `import { ${wanted.join(', ')} } from '${from}'; `
  })
  return lines.join('')
}

/** What the compiler says, with the place in the page for the name of each file. */
function typeErrors(folder: string, places: readonly string[]): string {
  try {
    execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['--noEmit', '-p', folder], { cwd: folder })
    return ''
  } catch (error) {
    const said = String((error as { stdout?: Buffer }).stdout ?? error)
    return said.replace(/block-(\d+)\.ts/g, (_file, at: string) => places[Number(at)] ?? at)
  }
}

describe('shell', () => {
  const lines = blocks
    .filter(({ language: written }) => written === 'sh')
    .flatMap(({ place, text }) =>
      text
        .split(/\n|&&|\|/)
        .map(line => line.replace(/(^|\s)#.*$/, '').trim())
        .filter(line => line !== '')
        .map(line => [line, place] as const),
    )

  it.each(lines)('%s (%s) is a command there is', async line => {
    const [program = '', ...words] = line.split(/\s+/)
    if (program === 'fettle') await expect(parsedAs(words)).resolves.toBe(words[0])
    else if (program.includes('/')) expect(existsSync(join(root, program))).toBe(true)
    else if (program === 'npm') expect(packageScripts()).toHaveProperty([words[1] ?? ''])
    else if (program === 'node')
      expect(words.filter(word => word.includes('/') && !existsSync(join(root, word)))).toEqual([])
    else expect(['cd', 'mkdir', 'curl', 'export', 'pg_dump', 'pg_restore']).toContain(program)
  })

  it('commands in running text and in hints of errors exist', () => {
    const names = new Set([
      'help',
      '--version',
      '--help',
      'internal',
      ...commands.map(({ usage }) => usage.split(' ')[0]),
    ])
    const inPages = pages.flatMap(page =>
      [...readPage(page).matchAll(/`fettle (\S+?)[\s`]/g)].map(([, name]) => name),
    )
    const inHints = Object.values(errorCatalogue).flatMap(({ hint }) =>
      [...hint.matchAll(/(?:^|[:(,] |\bwith )fettle (\w+)/g)].map(([, name]) => name),
    )
    expect([...inPages, ...inHints].length).toBeGreaterThan(20)
    expect([...inPages, ...inHints].filter(name => !names.has(name))).toEqual([])
  })
})

/** The command that a line is, read by the parser of the command line and not run. */
async function parsedAs(words: readonly string[]): Promise<string | undefined> {
  let name: string | undefined
  const program = buildProgram({
    io: fakeIo(),
    version: '0.0.0',
    json: false,
    async act(spec) {
      name = spec.usage.split(' ')[0]
    },
  })
  await program.parseAsync([...words], { from: 'user' })
  return name
}

function packageScripts(): Readonly<Record<string, string>> {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
    .scripts
}

describe('other blocks', () => {
  it('JSON parses, and no block is in a language that is not checked', () => {
    for (const { text, place } of blocks.filter(block => block.language === 'json'))
      expect(() => JSON.parse(text), place).not.toThrow()
    expect(blocks.filter(block => !languages.includes(block.language)).map(block => block.place)).toEqual([])
  })
})
