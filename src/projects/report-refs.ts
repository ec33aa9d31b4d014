import type { BuildRecord } from './ports.ts'

/** Where reports of checks stand among what was made: a name that no definition can have. */
export function checksRef(table: string): BuildRecord['ref'] {
  return `source:#checks/${table}`
}

export function skewRef(deployment: string): BuildRecord['ref'] {
  return `deployment:#skew/${deployment}`
}
