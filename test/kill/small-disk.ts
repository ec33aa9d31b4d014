import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A folder on a disk of its own, of a few megabytes, that can be filled and freed. */
export interface SmallDisk {
  fill(): void
  free(): void
  remove(): void
}

/** Mounts a tmpfs there; undefined where that is not permitted. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  const filler = join(folder, 'filler')
  return {
    fill: () => fill(filler),
    free: () => rmSync(filler, { force: true }),
    remove: () => void execFileSync('umount', ['-l', folder], { stdio: 'ignore' }),
  }
}

/** Writes until not one byte more goes in. */
function fill(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (let size = 1 << 20; size >= 1; size = Math.floor(size / 4)) writeAll(file, size)
  } finally {
    closeSync(file)
  }
  const { bavail } = statfsSync(path)
  if (bavail > 0) throw new Error(`the disk has still ${bavail} blocks`)
}

function writeAll(file: number, size: number): void {
  try {
    for (;;) writeSync(file, Buffer.alloc(size))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
