import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach } from 'vitest'
import type { ViewClosure } from '../../../src/features/model.ts'
import { type MaterializeOptions, materialize } from '../../../src/features/online/materialize.ts'
import { memoryScan } from '../../../src/features/online/memory-scan.ts'
import type { FeatureRows, ServedFeatures, ViewMaterialization } from '../../../src/features/online/model.ts'
import type { Bytes, OnlineStore } from '../../../src/features/online/ports.ts'
import { prepareFeatures } from '../../../src/features/online/read.ts'
import type { Rows, Value } from '../../../src/kernel/values/index.ts'
import { type Bundle, bundleSource } from '../../support/bundle.ts'
import { sampleClosure, sampleView, served } from './sample.ts'

export interface OnlineStoreFactory {
  /** A fresh, empty place for one store; removed by the returned function. */
  place(): Promise<{ readonly place: string; remove(): Promise<void> }>
  open(place: string): Promise<OnlineStore>
  /** TypeScript that defines `store` from `process.argv[2]`, for other processes. Imports use absolute paths. */
  readonly childSource: string
}

export const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')
export const text = (value: Bytes | undefined): string | undefined =>
  value && Buffer.from(value).toString('utf8')

/** What each test of the suite works with; the store is a fresh one for every test. */
export interface Harness {
  readonly store: OnlineStore
  /** Closes the store and opens it again at the same place. */
  reopen(): Promise<void>
  get(...keys: string[]): Promise<(string | undefined)[]>
  /** Writes the entries in one update; null removes. */
  put(entries: Readonly<Record<string, string | null>>): Promise<unknown>
  /** Starts a process that opens the same place and does the work of child.ts. */
  start(work: string, argument?: object): Promise<ChildProcess>
  /** Materializes the rows and answers the report of the first view. */
  run(
    rows: Rows,
    options: Partial<MaterializeOptions> & { now: bigint },
    closure?: ViewClosure,
  ): Promise<ViewMaterialization | undefined>
  read(
    keys: readonly (readonly [Value, Value])[],
    asOf: bigint,
    features?: ServedFeatures,
  ): Promise<FeatureRows>
}

/** Opens a fresh store before each test of the block it is called in, and ends all processes after it. */
export function useStore(factory: OnlineStoreFactory): Harness {
  let place = ''
  let remove = async (): Promise<void> => {}
  let store: OnlineStore
  let program: Bundle | undefined
  const children: ChildProcess[] = []
  beforeEach(async () => {
    ;({ place, remove } = await factory.place())
    store = await factory.open(place)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await store.close()
    await remove()
  })
  afterAll(() => program?.remove())
  return {
    get store() {
      return store
    },
    async reopen() {
      await store.close()
      store = await factory.open(place)
    },
    get: async (...keys) => (await store.readMany(keys.map(bytes))).map(text),
    put: entries =>
      store.update(
        Object.entries(entries).map(([key, value]) => ({
          key: bytes(key),
          next: () => (value === null ? null : bytes(value)),
        })),
      ),
    async start(work, argument = {}) {
      program ??= await childProgram(factory)
      const words = [program.path, place, work, JSON.stringify(argument)]
      const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
      children.push(child)
      return child
    },
    run: async (rows, options, closure = sampleClosure) =>
      (await materialize(memoryScan(rows), store, closure, { ...runOptions, ...options })).views[0],
    read: async (keys, asOf, features = served(sampleView())) =>
      prepareFeatures(store, features).read(
        keys.map(([id, part]) => ({ id, part })),
        asOf,
      ),
  }
}

const runOptions = { projectFolder: '.', onProgress: () => {}, signal: new AbortController().signal }

function childProgram({ childSource }: OnlineStoreFactory): Promise<Bundle> {
  const main = JSON.stringify(join(import.meta.dirname, 'child.ts'))
  return bundleSource(
    `${childSource}\nimport { runChild } from ${main}\nawait runChild(store, process.argv[3], JSON.parse(process.argv[4]))`,
  )
}
