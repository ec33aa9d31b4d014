import { fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { rename, statfs } from 'node:fs/promises'

/** What the log writer asks of the file system. A seam, so that full and failing disks can be tried. */
export interface LogFiles {
  /** A new file for appending; throws if it exists. */
  create(path: string): number
  /** Writes all bytes at the end, or throws; a throw may leave a part of them. */
  write(file: number, bytes: Uint8Array): void
  truncate(file: number, length: number): void
  /** Resolves when what was written is on the device. Runs in another thread. */
  sync(file: number): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Share of the device that is free, 0 to 1. */
  freeShare(folder: string): Promise<number>
}

export const logFiles: LogFiles = {
  create: path => openSync(path, 'ax'),
  write: (file, bytes) => {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at)
  },
  truncate: (file, length) => ftruncateSync(file, length),
  sync: file =>
    new Promise((resolve, reject) => fdatasync(file, error => (error ? reject(error) : resolve()))),
  rename,
  async freeShare(folder) {
    const { bavail, blocks } = await statfs(folder)
    return blocks === 0 ? 1 : bavail / blocks
  },
}
