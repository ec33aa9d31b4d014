import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../kernel/errors/index.ts'
import { isName } from '../kernel/ids.ts'
import { type Micros, parseTimestamp } from '../kernel/time.ts'

/** What fettle.json says: the name of the project, where its definitions are, and which clock it lives by. */
export interface ProjectFile {
  readonly project: string
  /** Folder of the definitions, relative to the project. */
  readonly definitions: string
  /** Replayed projects start at this instant instead of the machine's clock. */
  readonly replayFrom: Micros | null
  readonly providers: Providers
  /** `"production": true`: releases are rolled out and nothing replaces a champion at once. */
  readonly production?: boolean
  /** Port of the Feast dialect alone; null: it is on the data port only. */
  readonly feastPort: number | null
}

/**
 * Where features are computed and kept: `"offline": "duckdb"` or `"sc://host:port/"` (Spark Connect), `"online": "lmdb"`
 * or `"redis://host:port/"`; and where everything else is: `"metadata": "sqlite"` or `"postgres://host/database"`,
 * `"objects": "filesystem"` or `"s3://bucket/prefix?endpoint=https://host"`. `env:NAME` stands for the value of an
 * environment variable, so that no secret is in the file.
 */
export interface Providers {
  readonly offline: string
  readonly online: string
  readonly metadata: string
  readonly objects: string
  /** Most memory of the embedded engine in one step, as `"memory"` says: `"4GiB"`. Default: half of the machine's. */
  readonly memory?: string
}

export const embeddedProviders: Providers = {
  offline: 'duckdb',
  online: 'lmdb',
  metadata: 'sqlite',
  objects: 'filesystem',
}

const knownProviders = {
  offline: /^(duckdb|sc:\/\/|env:)/,
  online: /^(lmdb|rediss?:\/\/|env:)/,
  metadata: /^(sqlite$|postgres(ql)?:\/\/|env:)/,
  objects: /^(filesystem$|s3:\/\/|env:)/,
} as const

/** Reads `fettle.json`; throws DEFINITIONS_NOT_FOUND when there is none, DEFINITIONS_UNLOADABLE when it is no use. */
export async function readProjectFile(folder: string): Promise<ProjectFile> {
  const path = join(folder, 'fettle.json')
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined)
    throw new FettleError('DEFINITIONS_NOT_FOUND', `there is no fettle.json in ${folder}`)
  let parsed: {
    project?: unknown
    definitions?: unknown
    clock?: { replay?: unknown }
    providers?: unknown
    production?: unknown
    memory?: unknown
    feast?: { port?: unknown }
  }
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new FettleError('DEFINITIONS_UNLOADABLE', `${path} is not JSON: ${(cause as Error).message}`, {
      hint: 'Mend the file; it needs "project" and may have "definitions" and "clock".',
    })
  }
  if (typeof parsed.project !== 'string' || !isName(parsed.project)) {
    throw new FettleError(
      'DEFINITIONS_UNLOADABLE',
      `${path} needs "project", a name of lower-case letters, digits, _ and -`,
      { hint: 'For example { "project": "flights" }.' },
    )
  }
  const replay = parsed.clock?.replay
  const replayFrom = typeof replay === 'string' ? parseTimestamp(replay) : null
  if (replayFrom === undefined || (replay !== undefined && typeof replay !== 'string')) {
    throw new FettleError('DEFINITIONS_UNLOADABLE', `"clock.replay" in ${path} is no RFC 3339 instant`, {
      hint: 'For example "2001-05-11T21:00:00Z".',
    })
  }
  return {
    project: parsed.project,
    definitions: typeof parsed.definitions === 'string' ? parsed.definitions : 'definitions',
    replayFrom,
    providers: { ...providersOf(parsed.providers, path), ...memoryOf(parsed.memory, path) },
    ...productionOf(parsed.production, path),
    feastPort: feastPortOf(parsed.feast?.port, path),
  }
}

function productionOf(written: unknown, path: string): Pick<ProjectFile, 'production'> {
  if (written === undefined) return {}
  if (typeof written === 'boolean') return { production: written }
  throw new FettleError('DEFINITIONS_UNLOADABLE', `"production" in ${path} is neither true nor false`)
}

function memoryOf(written: unknown, path: string): Pick<Providers, 'memory'> {
  if (written === undefined) return {}
  if (typeof written === 'string' && /^[1-9]\d*(\.\d+)?\s*[KMGT]i?B$/i.test(written.trim()))
    return { memory: written }
  throw new FettleError('DEFINITIONS_UNLOADABLE', `"memory" in ${path} is not a size of memory`, {
    hint: 'For example { "memory": "4GiB" }.',
  })
}

function feastPortOf(port: unknown, path: string): number | null {
  if (port === undefined) return null
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new FettleError('DEFINITIONS_UNLOADABLE', `"feast.port" in ${path} is no port`, {
    hint: 'For example { "feast": { "port": 6566 } }; 0 chooses a free one.',
  })
}

function providersOf(written: unknown, path: string): Providers {
  if (written === undefined) return embeddedProviders
  const given = (written ?? {}) as Readonly<Record<string, unknown>>
  const unknown = Object.keys(given).find(key => !Object.hasOwn(knownProviders, key))
  const named = Object.entries(knownProviders).map(([role, known]) => {
    const name = given[role] ?? embeddedProviders[role as keyof typeof knownProviders]
    return [role, typeof name === 'string' && known.test(name) ? name : undefined] as const
  })
  if (unknown === undefined && named.every(([, name]) => name !== undefined))
    return Object.fromEntries(named) as unknown as Providers
  throw new FettleError(
    'DEFINITIONS_UNLOADABLE',
    `"providers" in ${path} ${unknown === undefined ? 'names a store or engine there is no adapter for' : `has the unknown member "${unknown}"`}`,
    {
      hint: 'For example { "offline": "sc://spark:15002/", "online": "redis://cache:6379/", "metadata": "postgres://db/fettle", "objects": "s3://models" }; the embedded ones are "duckdb", "lmdb", "sqlite" and "filesystem".',
    },
  )
}
