// What the container image would hold, and whether that is enough, where no container engine need run.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = dirname(import.meta.dirname)
const image = mkdtempSync(join(tmpdir(), 'fettle-image-'))
const build = join(image, 'build')
const last = join(image, 'last')
afterAll(() => rmSync(image, { recursive: true, force: true }))

interface Copy {
  readonly stage: string
  readonly from: string | undefined
  readonly sources: readonly string[]
  readonly target: string
}

const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n')
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8')
  .split('\n')
  .filter(line => line !== '')

function copies(): readonly Copy[] {
  let stage = ''
  return lines.flatMap(line => {
    const [word, ...rest] = line.split(/\s+/)
    if (word === 'FROM') stage = rest[2] ?? 'last'
    if (word !== 'COPY') return []
    const from = rest.find(each => each.startsWith('--from='))?.slice('--from='.length)
    const paths = rest.filter(each => !each.startsWith('--'))
    return [{ stage, from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' }]
  })
}

/** Rules in order, the last that fits decides: `*`, `!name` with what is below, and `**` before a name or an ending. */
function inContext(path: string): boolean {
  return ignored.reduce((inside, line) => {
    const keeps = line.startsWith('!')
    const rule = keeps ? line.slice(1) : line
    return fits(rule, path) ? keeps : inside
  }, true)
}

function fits(rule: string, path: string): boolean {
  if (rule === '*') return true
  if (!rule.startsWith('**/')) return path === rule || path.startsWith(`${rule}/`)
  const name = rule.slice(3)
  return path.split('/').some(part => (name.startsWith('*') ? part.endsWith(name.slice(1)) : part === name))
}

/** As `COPY` from the context does it, without what is ignored. */
function copyContext(sources: readonly string[], target: string): void {
  for (const source of sources) {
    expect([source, existsSync(join(root, source))]).toEqual([source, true])
    expect([source, inContext(source)]).toEqual([source, true])
    const to = target === './' || target.endsWith('/') ? join(target, basename(source)) : target
    mkdirSync(dirname(to), { recursive: true })
    cpSync(join(root, source), to, {
      recursive: true,
      filter: path => inContext(relative(root, path)),
    })
  }
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)))
}

describe('the container image', () => {
  beforeAll(() => {
    for (const { stage, from, sources, target } of copies()) {
      const folder = stage === 'build' ? build : last
      if (from === undefined && stage !== 'packages')
        copyContext(sources, target === './' ? `${folder}/` : join(folder, target))
    }
    symlinkSync(join(root, 'node_modules'), join(build, 'node_modules'))
    mkdirSync(join(build, 'dist'))
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: build })
    cpSync(join(build, 'dist'), join(last, 'dist'), { recursive: true })
  }, 60_000)

  it('its build needs nothing but the context, and its last stage takes what programs need to run', () => {
    expect(readdirSync(last).sort()).toEqual(['LICENSE', 'bin', 'dist', 'package.json', 'python'])
    const stages = copies().flatMap(({ stage, from, sources }) =>
      stage === 'last' && from ? [[from, ...sources]] : [],
    )
    expect(stages).toEqual([
      ['node', '/usr/local/bin/node'],
      ['packages', '/opt/fettle/node_modules'],
      ['build', '/opt/fettle/dist'],
    ])
    expect(filesBelow(last).filter(path => /\.test\.|\.sqlite|\.key$|\.env$|pepper/.test(path))).toEqual([])
  })

  it('every package that its code imports is one that `npm ci --omit=dev` installs', () => {
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(last, 'package.json'), 'utf8'),
    ) as Readonly<Record<string, Readonly<Record<string, string>>>>
    const installed = new Set([
      ...Object.keys(dependencies ?? {}),
      ...Object.keys(optionalDependencies ?? {}),
    ])
    const imported = new Set<string>()
    for (const path of filesBelow(join(last, 'dist')).filter(each => each.endsWith('.js'))) {
      const text = readFileSync(join(last, 'dist', path), 'utf8')
      for (const [, name = ''] of text.matchAll(
        /^(?:import|export) [^'"\n]*["']([^'"\n./][^'"\n]*)["'];?$/gm,
      ))
        if (!name.startsWith('node:'))
          imported.add(
            name
              .split('/')
              .slice(0, name.startsWith('@') ? 2 : 1)
              .join('/'),
          )
    }
    expect(imported.size).toBeGreaterThan(5)
    expect([...imported].filter(name => !installed.has(name))).toEqual([])
  })

  it('what is in it runs: as any user, in an empty folder, it says what is missing', () => {
    symlinkSync(join(root, 'node_modules'), join(last, 'node_modules'))
    const data = mkdtempSync(join(image, 'data-'))
    const ran = spawnSync(process.execPath, [join(last, 'bin', 'fettle'), 'serve'], {
      cwd: data,
      env: { PATH: process.env['PATH'], FETTLE_CONTAINER: '1', FETTLE_DATA: data },
      encoding: 'utf8',
    })
    expect(ran.stderr).toContain('there is nothing to serve')
    expect(ran.status).toBe(2)
  })

  it('it does not run as root, stops by SIGTERM, takes its base as an argument, and asks nobody for a token to be alive', () => {
    const text = lines.join('\n')
    expect(text).toMatch(/^USER 1000:1000$/m)
    expect(text).toMatch(/^STOPSIGNAL SIGTERM$/m)
    expect(text).toMatch(/^ARG BASE=/m)
    expect(text).toMatch(/^FROM \$\{BASE\}$/m)
    expect(text).toMatch(/HEALTHCHECK .*\/v2\/health\/live/)
    expect(text).toMatch(/^ENTRYPOINT \["fettle"\]$/m)
  })
})
