import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { withPostgres } from '../services/postgres.ts'
import { metadataConformance } from './metadata.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-metadata-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sqlite = () => openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
metadataConformance({ name: 'SQLite', open: sqlite, again: sqlite })

let url: Promise<string> | undefined
const postgres = async () => {
  url ??= withPostgres()
  return openMetadata({ kind: 'postgres', url: await url })
}
metadataConformance({ name: 'Postgres', open: postgres, again: postgres })
