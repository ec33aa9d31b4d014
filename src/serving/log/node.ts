import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Whose segments these are: 16 bytes, drawn when the first front of a folder starts, the same for all of them. */
export function nodeOf(folder: string): Buffer {
  const path = join(folder, 'node')
  const known = readNode(path)
  if (known) return known
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(aside, randomBytes(16).toString('hex'))
  try {
    linkSync(aside, path)
  } catch (error) {
    // Another front was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(aside)
  }
  const node = readNode(path)
  if (!node) throw new Error(`${path} does not hold 32 hex digits`)
  return node
}

function readNode(path: string): Buffer | undefined {
  try {
    const text = readFileSync(path, 'latin1').trim()
    return /^[0-9a-f]{32}$/.test(text) ? Buffer.from(text, 'hex') : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
