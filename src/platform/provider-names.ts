import { FettleError } from '../kernel/errors/index.ts'
import type { Providers } from '../projects/index.ts'

/** A provider without what must not be seen: user, password, parameters. */
export function shownProvider(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed ? `${parsed.protocol}//${parsed.host}${parsed.pathname}` : url.replace(/\/\/.*@/, '//…@')
}

/** `env:NAME` stands for the value of an environment variable. Throws STORE_UNAVAILABLE when that is not set. */
export function resolved(written: string): string {
  if (!written.startsWith('env:')) return written
  const name = written.slice('env:'.length)
  const value = process.env[name]
  if (value) return value
  throw new FettleError('STORE_UNAVAILABLE', `the environment variable ${name} is not set`, {
    hint: `fettle.json says "${written}": set ${name} where Fettle runs.`,
  })
}

export function notThere(name: string): FettleError {
  return new FettleError('STORE_UNAVAILABLE', `there is no adapter for "${shownProvider(name)}"`)
}

/** Whether the metadata is in a file of the project, which one process at a time may have. */
export const embeddedMetadata = ({ metadata }: Pick<Providers, 'metadata'>): boolean =>
  resolved(metadata) === 'sqlite'
