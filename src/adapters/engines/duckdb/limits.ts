import { totalmem } from 'node:os'
import { FettleError } from '../../../kernel/errors/index.ts'

/** Limits of one session; each session is an engine instance of its own. */
export interface DuckDBLimits {
  /** Most memory of a session, as text (`2GiB`, `512MB`). Default: half of the machine's. */
  readonly memoryLimit?: string
  readonly threads?: number
  /** Folder for what does not fit into memory. Default: the system's. */
  readonly temporaryFolder?: string
  /** Most bytes in that folder, as text. Default: 90 % of what is free. */
  readonly temporaryLimit?: string
}

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}

/** Bytes of a size such as `1.5GiB`. Throws BAD_PARAMETER. */
export function parseSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([KMGT]?i?B)$/i.exec(text.trim()) ?? []
  const bytes = Math.floor(Number(number) * (units[unit.toUpperCase()] ?? Number.NaN))
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new FettleError('BAD_PARAMETER', `"${text}" is not a size of memory`, {
    hint: 'Write a number and a unit: 512MB, 2GiB.',
    details: { size: text },
  })
}

/** How a session's memory is shared between the engine's own work and the arrays in which windows are swept. */
export interface MemoryShares {
  readonly engineBytes: number
  readonly sweepBytes: number
}

/**
 * The engine spills at its share. Arrays live until they are collected, so the sweep's share is counted as if twice; the
 * rest is what the process itself takes.
 */
export function memoryShares({ memoryLimit }: DuckDBLimits): MemoryShares {
  const bytes = memoryLimit === undefined ? totalmem() / 2 : parseSize(memoryLimit)
  return { engineBytes: Math.floor(bytes * 0.6), sweepBytes: Math.floor(bytes * 0.2) }
}

/** Limits as a message names them. */
export function namedLimits(limits: DuckDBLimits): Readonly<Record<string, string>> {
  const { engineBytes } = memoryShares(limits)
  return {
    'memory limit': limits.memoryLimit ?? 'of half the machine',
    'of which for the engine': `${Math.round(engineBytes / 2 ** 20)} MiB`,
    ...(limits.temporaryLimit === undefined ? {} : { 'temporary files limit': limits.temporaryLimit }),
  }
}
