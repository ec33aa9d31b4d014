/**
 * Path-dependent TreeSHAP of 100 trees × 31 leaves on one thread: Fettle and LightGBM's pred_contrib, the same model and
 * rows, in turns in one run, as CPU time per row; the contributions of both are compared to 1e-6.
 *
 *     node scripts/run.mjs bench/treeshap.ts PYTHON [rounds] [rows]
 *
 * PYTHON is an interpreter with LightGBM, that of a trainers' environment say.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { readTrees } from '../src/evaluation/model-files.ts'
import { treeShap } from '../src/evaluation/trees/tree-shap.ts'

const python = process.argv[2] ?? 'python3'
const rounds = Number(process.argv[3] ?? 7)
const count = Number(process.argv[4] ?? 2000)
const target = 2
const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-treeshap-'))

function doubles(name: string): Float64Array {
  const bytes = readFileSync(join(folder, name))
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

/** CPU seconds of this process. */
function measure(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const perRow = (seconds: readonly number[]): string => {
  const micros = seconds.map(each => (each / count) * 1e6)
  return `${median(micros).toFixed(0)} µs (${Math.min(...micros).toFixed(0)}–${Math.max(...micros).toFixed(0)})`
}

const baseline = spawn(python, ['bench/treeshap/lightgbm_contrib.py', folder, String(count)], {
  env: { ...process.env, PYTHONPATH: resolve('python'), OMP_NUM_THREADS: '1' },
  stdio: ['pipe', 'pipe', 'inherit'],
})
const lines = createInterface({ input: baseline.stdout })[Symbol.asyncIterator]()
const nextLine = async () => JSON.parse((await lines.next()).value ?? '{}') as Record<string, unknown>
const theirPass = async () => {
  baseline.stdin.write('pass\n')
  return Number((await nextLine())['cpu'])
}

try {
  const about = await nextLine()
  await theirPass()
  const ensemble = await readTrees(folder)
  const [rows, wanted] = [doubles('rows.bin'), doubles('contributions.bin')]
  const shap = treeShap(ensemble)
  const width = ensemble.features
  const found: Record<'theirs' | 'together' | 'alone', number[]> = { theirs: [], together: [], alone: [] }
  let phi = shap.explain(rows, count)
  for (let round = 0; round < rounds; round++) {
    found.theirs.push(await theirPass())
    found.together.push(
      measure(() => {
        phi = shap.explain(rows, count)
      }),
    )
    found.alone.push(
      measure(() => {
        for (let row = 0; row < count; row++) shap.explain(rows.subarray(row * width, (row + 1) * width))
      }),
    )
  }
  let worst = 0
  for (let row = 0; row < count; row++) {
    const theirs = wanted.subarray(row * (width + 1), (row + 1) * (width + 1))
    for (let i = 0; i < width; i++)
      worst = Math.max(worst, Math.abs((phi[row * width + i] ?? Number.NaN) - (theirs[i] ?? 0)))
    worst = Math.max(worst, Math.abs(shap.base - (theirs[width] ?? 0)))
  }
  console.log(
    `node ${process.version}, LightGBM ${about['version']}, ${about['leaves']} leaves, ${width} features, ${count} rows, ${rounds} rounds, ${cpus().length} × ${cpus()[0]?.model.trim()}`,
  )
  console.log(`  LightGBM pred_contrib, one thread: ${perRow(found.theirs)} of CPU per row`)
  for (const [how, seconds] of [
    ['rows together', found.together],
    ['one row at a time', found.alone],
  ] as const) {
    const ratio = median(seconds) / median(found.theirs)
    console.log(
      `  Fettle, ${how}: ${perRow(seconds)}: ${ratio.toFixed(2)} ×, target ≤ ${target} ×: ${ratio <= target ? 'met' : 'NOT met'}`,
    )
    if (ratio > target) process.exitCode = 1
  }
  console.log(`  largest difference of a contribution: ${worst.toExponential(1)}`)
  if (!(worst <= 1e-6)) process.exitCode = 1
} finally {
  baseline.kill()
  rmSync(folder, { recursive: true, force: true })
}
