import { FettleError } from '../kernel/errors/index.ts'

/** A number of things, from 1, as an option has it. Throws USAGE. */
export function countOf(option: string, text: string, most: number): number {
  if (/^[1-9]\d{0,6}$/.test(text) && Number(text) <= most) return Number(text)
  throw new FettleError('USAGE', `${option} ${text} is not a number from 1 to ${most}`)
}
