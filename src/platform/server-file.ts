import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a server is and how to be let in, for the commands of the project; whole, and its owner's only. */
export async function writeServerFile(path: string, file: object): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(`${path}.new`, `${JSON.stringify({ pid: process.pid, ...file }, null, 2)}\n`, {
    mode: 0o600,
  })
  await rename(`${path}.new`, path)
}

/** Takes the file away, unless another server of the folder has written its own since. */
export function removeServerFile(path: string): void {
  try {
    const { pid } = JSON.parse(readFileSync(path, 'utf8')) as { readonly pid?: unknown }
    if (pid === process.pid) rmSync(path, { force: true })
  } catch {
    // There is none.
  }
}

/** What clients send: FETTLE_TOKEN, which several servers can share, else one that nobody knows yet. */
export const serverToken = (): string => process.env['FETTLE_TOKEN'] || randomBytes(24).toString('base64url')
