import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrainingSetManifest } from '../features/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { ActionInput } from '../pipelines/index.ts'
import type { TrainingData } from './model.ts'

/** Reads manifest.json of a training set folder. */
export async function openTrainingData(input: ActionInput | undefined): Promise<TrainingData> {
  const folder = folderOf(input, 'set')
  let manifest: Pick<TrainingSetManifest, 'id' | 'checksum' | 'rows' | 'files'>
  try {
    manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))
  } catch (cause) {
    throw new FettleError('SOURCE_UNREADABLE', 'The training set has no readable manifest.json', { cause })
  }
  const { id, checksum, rows, files } = manifest
  return { id, checksum, rows, files: files.map(file => join(folder, file.path)) }
}

/** Path of a directory input. */
export function folderOf(input: ActionInput | undefined, name: string): string {
  if (input?.kind === 'directory') return input.path
  throw new FettleError('STEP_OUTPUT_INVALID', `The step needs the input "${name}" to be a directory`)
}
