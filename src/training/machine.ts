import { arch, cpus, release, type as systemName } from 'node:os'
import type { Machine } from './model.ts'

/** The computer this runs on. */
export function thisMachine(): Machine {
  const all = cpus()
  return {
    system: `${systemName().toLowerCase()} ${release()} ${arch()}`,
    cpu: all[0]?.model.trim() || 'unknown',
    cpus: all.length,
    node: process.versions.node,
  }
}
