import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { packageRoot } from '../../src/kernel/package-root.ts'
import { type Fronts, superviseFronts } from '../../src/platform/fronts.ts'
import { createDecisionReader } from '../../src/serving/index.ts'
import { bundleScorer } from '../../src/serving/testing/bundle.ts'
import { deploy, type FixtureOptions, writeRelease } from '../../src/serving/testing/release-fixture.ts'
import type { FrontProgram } from './program.ts'

export interface GroundOptions extends Partial<Omit<FrontProgram, 'port' | 'scorer'>> {
  /** Processes that share the port. Default 1. */
  readonly fronts?: number
  readonly release?: FixtureOptions
  readonly onLine?: (line: string) => void
}

/** A serving folder of its own with deployment `late`, and fronts over it. */
export interface Ground {
  readonly fronts: Fronts
  readonly servingFolder: string
  url(): string
  /** Writes release `number` and makes it the champion. */
  swap(number: number): string
  status(): Promise<FrontStatus>
  /** Ids of all predictions in the log. */
  logged(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface FrontStatus {
  readonly deployments: readonly {
    readonly release: number | null
    readonly scorer: {
      readonly pids: readonly number[]
      readonly batches: number
      readonly standby: boolean
      readonly ready: boolean
    } | null
  }[]
}

/** Bundles a program of this folder; inside the package, so that it finds its packages. */
export async function bundleProgram(folder: string, name = 'program'): Promise<string> {
  const outfile = join(folder, `${name}.mjs`)
  await build({
    absWorkingDir: packageRoot(),
    entryPoints: [`bench/reliability/${name}.ts`],
    outfile,
    bundle: true,
    packages: 'external',
    conditions: ['fettle-source'],
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  })
  return outfile
}

export function groundFolder(): string {
  const parent = join(packageRoot(), '.cache', 'reliability')
  mkdirSync(parent, { recursive: true })
  return mkdtempSync(join(parent, 'ground-'))
}

export async function openGround(options: GroundOptions = {}): Promise<Ground> {
  const { fronts: count = 1, release = {}, onLine = () => undefined, ...settings } = options
  const folder = groundFolder()
  const { servingFolder = join(folder, 'serving') } = settings
  mkdirSync(servingFolder, { recursive: true })
  const swap = (number: number) => {
    const { digest } = writeRelease(servingFolder, { ...release, number })
    deploy(servingFolder, { name: 'late', digest })
    return digest
  }
  swap(1)
  const script = await bundleProgram(folder)
  const program: FrontProgram = { ...settings, servingFolder, port: 0, scorer: bundleScorer() }
  const fronts = superviseFronts({
    count,
    program: { script, args: [JSON.stringify(program)], nodeArgs: [] },
    onLine,
  })
  await fronts.ready
  const url = fronts.addresses()[0]?.dataUrl ?? ''
  return {
    fronts,
    servingFolder,
    url: () => url,
    swap,
    async status() {
      const reply = await fetch(`${fronts.addresses()[0]?.adminUrl}/admin/status`)
      return (await reply.json()) as FrontStatus
    },
    logged: () => loggedIds(servingFolder),
    async close() {
      await fronts.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function loggedIds(servingFolder: string): Promise<readonly string[]> {
  const reader = createDecisionReader(join(servingFolder, 'log'))
  const ids: string[] = []
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await reader.latest('late', { limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    ids.push(...page.items.map(each => each.predictionId))
    cursor = page.next
    more = cursor !== undefined
  }
  return ids
}

export const sleep = (millis: number): Promise<void> => new Promise(resolve => setTimeout(resolve, millis))

/** Waits until something is so; throws when it is not within the time. */
export async function until(what: () => Promise<boolean> | boolean, millis = 20_000): Promise<void> {
  for (const end = performance.now() + millis; !(await what()); await sleep(10))
    if (performance.now() > end) throw new Error(`not within ${millis} ms: ${what}`)
}

/** The number after a word of the command line, else the usual one. */
export function argument(name: string, usual: number): number {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? usual : Number(process.argv[at + 1])
}

/** Whether this file was started, not imported. */
export function isMain(file: string): boolean {
  return new RegExp(`/${file}(-\\d+)?\\.mjs$`).test(process.argv[1] ?? '')
}
