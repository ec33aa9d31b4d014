import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = 'fettle-duckdb-'

/** Makes a session's folder for spilled data, named after this process; removes those of processes that are gone. */
export async function makeTemporaryFolder(parent: string | undefined): Promise<string> {
  const base = parent ?? tmpdir()
  await mkdir(base, { recursive: true })
  await removeAbandoned(base)
  return mkdtemp(join(base, `${prefix}${process.pid}-`))
}

async function removeAbandoned(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (owner !== undefined && !isRunning(Number(owner)))
      await rm(join(base, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
