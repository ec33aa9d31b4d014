import { cpus, totalmem } from 'node:os'
import { DuckDBInstance, version } from '@duckdb/node-api'

/** Wall and CPU time of this process, in seconds. */
export interface Measured {
  readonly wall: number
  readonly cpu: number
}

export async function measure(work: () => Promise<unknown>): Promise<Measured> {
  const [start, before] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 }
}

/** The two sides in turn, `rounds` times. */
export async function interleaved(
  rounds: number,
  sides: { readonly ours: () => Promise<unknown>; readonly theirs: () => Promise<unknown> },
): Promise<{ readonly ours: Measured[]; readonly theirs: Measured[] }> {
  const found: { ours: Measured[]; theirs: Measured[] } = { ours: [], theirs: [] }
  for (let round = 0; round < rounds; round++) {
    found.ours.push(await measure(sides.ours))
    found.theirs.push(await measure(sides.theirs))
  }
  return found
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((left, right) => left - right)
}

export function median(values: readonly number[]): number {
  return sorted(values)[Math.floor(values.length / 2)] ?? Number.NaN
}

function range(values: readonly number[]): string {
  const [low = Number.NaN] = sorted(values)
  return `${median(values).toFixed(2)} s (${low.toFixed(2)}–${(sorted(values).at(-1) ?? Number.NaN).toFixed(2)})`
}

/** Prints medians, ranges and ratios; gives true if both ratios are at most `target`. */
export function report(
  title: string,
  { ours, theirs }: { readonly ours: readonly Measured[]; readonly theirs: readonly Measured[] },
  target: number,
): boolean {
  console.log(title)
  let met = true
  for (const key of ['wall', 'cpu'] as const) {
    const [mine, other] = [ours.map(each => each[key]), theirs.map(each => each[key])]
    const ratio = median(mine) / median(other)
    met &&= ratio <= target
    console.log(
      `  ${key.padEnd(4)} fettle ${range(mine)}, baseline ${range(other)}: ${ratio.toFixed(2)} ×, target ≤ ${target} ×: ${ratio <= target ? 'met' : 'NOT met'}`,
    )
  }
  return met
}

/** Versions and hardware. */
export function machine(): string {
  return `node ${process.version}, duckdb ${version()}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`
}

/** Runs statements in an instance of DuckDB of their own; gives the rows of the last. */
export async function duckdb(
  statements: readonly string[],
  options: Readonly<Record<string, string>> = { threads: '2' },
): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:', { ...options })
  const connection = await instance.connect()
  try {
    for (const statement of statements.slice(0, -1)) await connection.run(statement)
    const last = await connection.runAndReadAll(statements.at(-1) ?? 'SELECT 1')
    return last.getRows()
  } finally {
    connection.disconnectSync()
    instance.closeSync()
  }
}
