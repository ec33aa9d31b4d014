import { FettleError } from '../kernel/errors/index.ts'

/** A port as it is written on the command line; 0 is any free one. Throws USAGE. */
export function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new FettleError('USAGE', `${text} is not a port`, {
    hint: 'Ports are whole numbers from 0 (any free one) to 65535.',
  })
}
