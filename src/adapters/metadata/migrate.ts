import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type Transaction,
} from 'kysely'
import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { columnTypes, type DatabaseKind } from './columns.ts'
import type { Migration } from './migrations/index.ts'
import type { Schema } from './schema.ts'

type Transact = <Result>(work: (transaction: Transaction<Schema>) => Promise<Result>) => Promise<Result>

export interface MigrationRequest {
  readonly kind: DatabaseKind
  readonly migrations: readonly Migration[]
  readonly transact: Transact
}

/** Applies what is missing, each migration whole or not at all, in one exclusive transaction. */
export async function migrateDatabase({
  kind,
  migrations,
  transact,
}: MigrationRequest): Promise<readonly string[]> {
  const hashes = new Map<string, string>()
  for (const migration of migrations) hashes.set(migration.id, await migrationHash(kind, migration))
  return transact(async transaction => {
    await createMigrationsTable(transaction, kind)
    const applied = await transaction.selectFrom('fettle_migrations').selectAll().orderBy('id').execute()
    checkApplied(applied, hashes)
    const done = new Set(applied.map(row => row.id))
    const pending = migrations.filter(({ id }) => !done.has(id))
    for (const migration of pending) {
      await migration.up(transaction as unknown as Kysely<unknown>, columnTypes[kind])
      await transaction
        .insertInto('fettle_migrations')
        .values({ id: migration.id, hash: hashes.get(migration.id) ?? '' })
        .execute()
    }
    return pending.map(({ id }) => id)
  })
}

async function createMigrationsTable(transaction: Transaction<Schema>, kind: DatabaseKind): Promise<void> {
  const { text } = columnTypes[kind]
  await transaction.schema
    .createTable('fettle_migrations')
    .ifNotExists()
    .addColumn('id', text, column => column.primaryKey())
    .addColumn('hash', text, column => column.notNull())
    .execute()
}

function checkApplied(
  applied: readonly { readonly id: string; readonly hash: string }[],
  hashes: ReadonlyMap<string, string>,
): void {
  for (const { id, hash } of applied) {
    const known = hashes.get(id)
    if (known === undefined)
      throw new FettleError(
        'METADATA_TOO_NEW',
        `The metadata store holds migration ${id}, which this version does not know`,
      )
    if (known !== hash)
      throw new FettleError(
        'MIGRATION_CHANGED',
        `Migration ${id} was applied with other statements than this version has`,
      )
  }
}

/** SHA-256 over the statements a migration sends, found by letting it talk to a database that does nothing. */
async function migrationHash(kind: DatabaseKind, migration: Migration): Promise<string> {
  const statements: string[] = []
  const recorder = new Kysely<unknown>({
    dialect: kind === 'sqlite' ? sqliteRecorder : postgresRecorder,
    log: event => {
      statements.push(event.query.sql)
    },
  })
  await migration.up(recorder, columnTypes[kind])
  return sha256Hex(statements.join(';\n'))
}

const sqliteRecorder = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
}

const postgresRecorder = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
}
