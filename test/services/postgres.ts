import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { findPostgres, giveAway, type PostgresPrograms, serverOwner } from './postgres-programs.ts'

const user = 'fettle'
const readyMs = 30_000
const settings = ['listen_addresses=', 'fsync=off', 'max_connections=200', 'log_min_messages=fatal']

interface Server {
  /** Of the socket. */
  readonly folder: string
  readonly bin: string
}

const started = new Map<boolean, Promise<Server>>()
let databases = 0

/**
 * The URL of a fresh, empty database on a real Postgres server. The server is started by the first call of a process,
 * listens on a socket in a temporary folder only, and ends with the process, also when that is killed. No server to start
 * is a failure, never a skip. Databases sort text by the rules of English, so that an order by code point is ours.
 */
export async function withPostgres(): Promise<string> {
  return (await freshDatabase(false)).url
}

/** The same on a server that has pg_dump and pg_restore in the folder `bin`. */
export function withPostgresTools(): Promise<{ readonly url: string; readonly bin: string }> {
  return freshDatabase(true)
}

/** Where the server of a database listens. */
export const socketOf = (url: string): string => join(decodeURIComponent(new URL(url).host), '.s.PGSQL.5432')

async function freshDatabase(tools: boolean): Promise<{ readonly url: string; readonly bin: string }> {
  const server = started.get(tools) ?? startServer(tools)
  started.set(tools, server)
  const { folder, bin } = await server
  const name = `fettle_${process.pid}_${++databases}`
  const locale = `template template0 locale_provider icu icu_locale 'en-US'`
  await query(urlOf(folder, 'postgres'), `create database ${name} ${locale}`)
  return { url: urlOf(folder, name), bin }
}

async function startServer(tools: boolean): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-postgres-'))
  const programs = findPostgres(folder, tools)
  giveAway(folder)
  const options = ['-U', user, '-A', 'trust', '-E', 'UTF8', '--no-sync']
  execFileSync(join(programs.bin, 'initdb'), ['-D', join(folder, 'data'), ...options], {
    ...serverOwner,
    env: programs.env,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  spawnGuarded(folder, programs)
  await waitUntilReady(folder)
  return { folder, bin: programs.bin }
}

/** A shell watches its input close, which is this process's end, then ends the server and removes the folder. */
function spawnGuarded(folder: string, { bin, env }: PostgresPrograms): void {
  const given = [...settings, `unix_socket_directories=${folder}`].flatMap(setting => ['-c', setting])
  const guard =
    '"$@" </dev/null & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; cd /; rm -rf "$FOLDER"'
  const command = [
    `exec 2>"$FOLDER/log"; ${guard}`,
    'sh',
    join(bin, 'postgres'),
    '-D',
    join(folder, 'data'),
    ...given,
  ]
  const child = spawn('/bin/sh', ['-c', ...command], {
    ...serverOwner,
    env: { ...env, FOLDER: folder },
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  ;(child.stdin as unknown as { unref(): void }).unref()
}

async function waitUntilReady(folder: string): Promise<void> {
  for (const end = Date.now() + readyMs; ; ) {
    try {
      return await query(urlOf(folder, 'postgres'), 'select 1')
    } catch (error) {
      if (Date.now() > end) throw new Error(`Postgres did not start: ${String(error)}\n${logTail(folder)}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

function logTail(folder: string): string {
  const log = join(folder, 'log')
  return existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : ''
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

const urlOf = (folder: string, database: string) =>
  `postgres://${user}@${encodeURIComponent(folder)}/${database}`
