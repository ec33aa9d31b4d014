import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const src = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src')
const domains = [
  'governance',
  'pipelines',
  'features',
  'experiments',
  'registry',
  'evaluation',
  'training',
  'deployments',
  'reproduction',
  'serving',
  'monitoring',
  'projects',
]
const nodeOnlyElsewhere = new Set([
  'fastify',
  'kysely',
  'pg',
  '@duckdb/node-api',
  'lmdb',
  'onnxruntime-node',
  '@photostructure/sqlite',
])

interface Import {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** The import table of ARCHITECTURE.md as data: which room may import which. */
function mayImport(from: string, to: string): boolean {
  const [room = ''] = from.split('/')
  const [target = ''] = to.split('/')
  if (from === 'platform.ts' || from.startsWith('platform/')) return true
  if (room === target && room !== 'adapters') return true
  if (target === 'kernel') return true
  if (room === 'kernel') return false
  if (target === 'definitions') return room !== 'api' && room !== 'ui'
  if (room === 'definitions') return false
  if (domains.includes(room))
    return (
      domains.indexOf(target) >= 0 &&
      domains.indexOf(target) < domains.indexOf(room) &&
      to.endsWith('/index.ts')
    )
  if (room === 'adapters') return adapterMayImport(from, to)
  if (room === 'api') return false
  if (room === 'server') return target === 'api' || (domains.includes(target) && to.endsWith('/index.ts'))
  if (room === 'client') return target === 'api' || (domains.includes(target) && to.endsWith('/index.ts'))
  if (room === 'cli')
    return ['client', 'api'].includes(target) || to === 'projects/index.ts' || to === 'platform.ts'
  if (room === 'ui') return target === 'api'
  if (room === 'vectors')
    return to === 'platform.ts' || (domains.includes(target) && to.endsWith('/index.ts'))
  return false
}

/** An adapter sees the ports of the rooms above it and its own family, never another adapter. */
function adapterMayImport(from: string, to: string): boolean {
  const [, family] = from.split('/')
  const [target, targetFamily] = to.split('/')
  if (target === 'adapters') return family === targetFamily
  return domains.includes(target ?? '') && /\/(index|ports)\.ts$/.test(to)
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      entry => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(test|bench)\.tsx?$/.test(entry.name),
    )
    .map(entry => join(entry.parentPath, entry.name))
}

function importsOf(file: string): { specifiers: string[]; text: string } {
  const text = readFileSync(file, 'utf8')
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(match => match[1] ?? '')
  return { specifiers, text }
}

function allImports(): Import[] {
  return sourceFiles(src).flatMap(file =>
    importsOf(file)
      .specifiers.filter(specifier => specifier.startsWith('.'))
      .map(specifier => ({
        file: relative(src, file),
        from: relative(src, file),
        to: relative(src, join(dirname(file), specifier)),
      })),
  )
}

describe('the import table', () => {
  it('holds for every import of src', () => {
    const imports = allImports()
    expect(imports.length).toBeGreaterThan(200)
    const broken = imports
      .filter(({ from, to }) => !mayImport(from, to))
      .map(({ from, to }) => `${from} imports ${to}`)
    expect(broken).toEqual([])
  })

  it('keeps databases, engines and HTTP servers out of the domains', () => {
    const broken = sourceFiles(src)
      .filter(file => [...domains, 'kernel', 'definitions'].includes(relative(src, file).split('/')[0] ?? ''))
      .flatMap(file =>
        importsOf(file)
          .specifiers.filter(specifier => nodeOnlyElsewhere.has(specifier))
          .map(specifier => `${relative(src, file)} imports ${specifier}`),
      )
    // The data plane's front is a server by trade: it speaks HTTP and nothing else of the outside.
    expect(broken.filter(line => !line.startsWith('serving/front/'))).toEqual([])
  })

  it('refuses what it should', () => {
    expect(mayImport('kernel/time.ts', 'definitions/index.ts')).toBe(false)
    expect(mayImport('features/offline/index.ts', 'serving/index.ts')).toBe(false)
    expect(mayImport('features/offline/x.ts', 'pipelines/service.ts')).toBe(false)
    expect(mayImport('pipelines/x.ts', 'adapters/metadata/index.ts')).toBe(false)
    expect(mayImport('adapters/online/lmdb/store.ts', 'adapters/metadata/index.ts')).toBe(false)
    expect(mayImport('ui/main.tsx', 'server/create-server.ts')).toBe(false)
  })
})

describe('proportions', () => {
  it('keeps source files at 400 lines at most', () => {
    const long = sourceFiles(src)
      .map(file => ({ file: relative(src, file), lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(each => each.lines > 400)
    expect(long).toEqual([])
  })
})
