import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Migration, migrateFeast, migrateFeatureform } from '../../projects/index.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { type ImportMlflowOptions, importMlflow } from './import-mlflow.ts'

/**
 * Takes over the records of an MLflow store, or writes definitions made from those of another feature store into the
 * project; a file that is there stays as it is.
 */
export const run: Command<ImportMlflowOptions> = async (context, options, kind = '', from = '') => {
  if (kind === 'mlflow') return importMlflow(context, options, from)
  const { folder } = context
  if (kind !== 'feast' && kind !== 'featureform')
    throw new FettleError('USAGE', `"${kind}" is nothing that can be imported`, {
      hint: 'Write fettle import mlflow SOURCE, fettle import feast REPOSITORY, or fettle import featureform FILE.',
    })
  const migration = await (kind === 'feast' ? migrateFeast(from, folder) : migrateFeatureform(from))
  const path = join('definitions', `from-${kind}.ts`)
  await writeNew(resolve(folder, path), migration.text)
  context.result({ path, ...migration, text: undefined }, () => render(path, migration))
  return exitCodes.done
}

async function writeNew(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new FettleError('USAGE', `${path} is there already`, { hint: 'Move it away to import again.' })
  }
}

function render(path: string, { entities, sources, views, notCarried }: Migration): string {
  const lines = [
    `${path}: ${entities} entities, ${sources} sources, ${views} feature views`,
    ...(notCarried.length === 0 ? [] : ['', 'Not carried over as it was:']),
    ...notCarried.map(({ item, reason }) => `  ${item}: ${reason}`),
    '',
    'Next: read the file, then fettle plan.',
  ]
  return `${lines.join('\n')}\n`
}
