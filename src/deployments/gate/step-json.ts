import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ActionContext } from '../../pipelines/index.ts'

/** A JSON value as a file output of a step: what rows say of hundreds of slices is more than an inline value may hold. */
export async function jsonFile(
  { outputFolder }: Pick<ActionContext, 'outputFolder'>,
  name: string,
  value: unknown,
): Promise<{ readonly kind: 'file'; readonly path: string }> {
  const path = join(outputFolder, `${name}.json`)
  await writeFile(path, JSON.stringify(value))
  return { kind: 'file', path }
}

/** The value of such a file, given to a later step, with the hash of its object. Throws STEP_OUTPUT_INVALID. */
export async function readJsonFile<Shape>(
  { inputs }: Pick<ActionContext, 'inputs'>,
  name: string,
): Promise<{ readonly value: Shape; readonly hash: string }> {
  const input = inputs[name]
  if (input?.kind !== 'file') throw new FettleError('STEP_OUTPUT_INVALID', `input "${name}" is no file`)
  return { value: JSON.parse(await readFile(input.path, 'utf8')) as Shape, hash: input.hash }
}
