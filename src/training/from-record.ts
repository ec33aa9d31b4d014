import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ActionContext } from '../pipelines/index.ts'
import type { TrainingDependencies } from './actions.ts'
import type { RecordedFile, RecordedTraining } from './model.ts'
import type { PythonEnvironment } from './ports.ts'

interface RestoredTrainer {
  readonly environment: PythonEnvironment
  readonly pythonFolder: string
  readonly scriptFolder: string
  /** Of making the environment. */
  readonly seconds: number
}

/**
 * Lays out what a recorded training ran with below the attempt's scratch folder, and makes its environment anew from the
 * recorded package files alone: nothing that was built before is used and nothing is downloaded. Throws OBJECT_UNKNOWN,
 * OBJECT_CORRUPT, and what making an environment throws.
 */
export async function restoreTrainer(
  context: ActionContext,
  recorded: NonNullable<RecordedTraining['python']>,
  { objects, environments }: TrainingDependencies,
): Promise<RestoredTrainer> {
  const folder = (name: string) => join(context.scratchFolder, 'recorded', name)
  const lay = async (name: string, files: readonly RecordedFile[]): Promise<string> => {
    const root = folder(name)
    await mkdir(root, { recursive: true })
    for (const { path, hash } of files) {
      const place = join(root, path)
      await mkdir(dirname(place), { recursive: true })
      await objects.getFile(hash, place)
    }
    return root
  }
  const lock = join(
    await lay('lock', [{ path: 'requirements.lock', hash: recorded.lock }]),
    'requirements.lock',
  )
  const packages = await lay('packages', recorded.packages)
  const pythonFolder = await lay('trainers', recorded.trainers)
  const scriptFolder = await lay('script', recorded.script)
  const startedAt = performance.now()
  const environment = await environments.ensureEnvironment({
    folder: folder('environments'),
    lock,
    packages,
    onProgress: update => context.progress(update),
    log: line => context.log(line),
    signal: context.signal,
  })
  const seconds = Math.round(performance.now() - startedAt) / 1000
  context.log(`A fresh environment was made in ${seconds} s`)
  return { environment, pythonFolder, scriptFolder, seconds }
}
