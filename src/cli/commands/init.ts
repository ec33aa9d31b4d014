import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import { isName } from '../../kernel/ids.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'

export const run: Command<{ readonly merge?: boolean }> = async (context, { merge }, target = '.') => {
  const folder = resolve(target)
  const present = await entriesOf(folder)
  if (present.length > 0 && merge !== true) {
    throw new FettleError(
      'USAGE',
      `${folder} is not empty (${present.slice(0, 3).join(', ')}${present.length > 3 ? ' …' : ''})`,
      {
        hint: 'Name an empty folder, or add --merge: it adds files and changes none.',
      },
    )
  }
  const { projectFiles } = await import('../template/project-files.ts')
  const written: string[] = []
  const kept: string[] = []
  for (const [path, text] of Object.entries(projectFiles(projectName(folder)))) {
    ;(await writeNew(join(folder, path), text)) ? written.push(path) : kept.push(path)
  }
  context.result({ folder, written, kept }, () => renderInit({ folder, target, written, kept }))
  return exitCodes.done
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter(name => name !== '.git').sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR')
      throw new FettleError('USAGE', `${folder} is a file`, { hint: 'Name a folder.' })
    throw error
  }
}

/** The folder's name where it can be one, else `parcels`. */
function projectName(folder: string): string {
  const name = basename(folder).toLowerCase()
  return isName(name) ? name : 'parcels'
}

/** False when the file was there. */
async function writeNew(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

interface Initialised {
  readonly folder: string
  readonly target: string
  readonly written: readonly string[]
  readonly kept: readonly string[]
}

export function renderInit({ folder, target, written, kept }: Initialised): string {
  const lines = [
    `A project in ${folder}:`,
    ...written.map(path => `  + ${path}`),
    ...kept.map(path => `    ${path} was there and is as it was`),
    '',
    'Next:',
    ...(target === '.' ? [] : [`  cd ${target}`]),
    '  fettle dev          runs everything; leave it running',
    '  fettle apply        in another terminal: shows the plan, asks, applies',
    '  fettle run slow     trains, evaluates and registers the model',
    '  fettle run slow-online  loads the features that predictions look up',
    '  fettle deploy slow  makes a release of the trained model and serves it',
    '  fettle predict slow depot=porto weight_kg=2.5',
  ]
  return `${lines.join('\n')}\n`
}
