import { type ErrorCode, FettleError } from '../kernel/errors/index.ts'
import { nearest } from '../kernel/nearest.ts'

interface Suggesting {
  /** Code that says the name is not known. */
  readonly code: ErrorCode
  /** What was written. */
  readonly name: string
  readonly names: () => Promise<readonly string[]>
  /** What these are, for a list of them: `deployments`. */
  readonly noun: string
  /** The command with the right name in it. */
  readonly command: (name: string) => string
}

/** Adds to "there is no such …" the name that was meant, or those there are. */
export async function suggesting<Result>(
  call: Promise<Result>,
  { code, name, names, noun, command }: Suggesting,
): Promise<Result> {
  try {
    return await call
  } catch (error) {
    if (!(error instanceof FettleError) || error.code !== code) throw error
    const known = await names()
    const meant = nearest(name, known)
    const list =
      known.length === 0 ? `There are no ${noun}: apply a project first.` : `There are: ${known.join(', ')}.`
    const hint = meant === undefined ? list : `Did you mean ${command(meant)}?`
    throw new FettleError(code, error.message, { hint, details: { ...error.details, [noun]: known } })
  }
}
