import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../kernel/message-of.ts'
import { packageRoot } from '../kernel/package-root.ts'
import type { FileEntry, ObjectStore, RunPlan } from '../pipelines/index.ts'
import type { Known, RunOrigin } from '../reproduction/index.ts'
import type { TrainParams } from '../training/index.ts'
import { buildCode, lockFile } from './build-facts.ts'
import { once } from './training-set-records.ts'

const execute = promisify(execFile)
/** A larger difference is counted, not kept. */
const mostDiffBytes = 4 * 1024 * 1024
const mostModules = 200
const gitMillis = 10_000

type Kept = { readonly hash: string; readonly bytes: number }

/** What runs of a project are started from: its repository, and the code of trainers as objects. */
export function runOrigins(objects: Pick<ObjectStore, 'putBytes' | 'putFile'>) {
  const platform = once(async () => ({
    lock: await attempt(() => objects.putFile(lockFile())),
    trainers: await attempt(() => keepFolder(objects, join(packageRoot(), 'python'), 'fettle_trainers')),
  }))
  return {
    async of(plan: RunPlan, folder: string): Promise<RunOrigin> {
      const [git, { lock, trainers }, scripts] = await Promise.all([
        readGit(objects, folder),
        platform(),
        keepScripts(objects, plan, folder),
      ])
      return { ...git, build: buildCode(), lock, trainers, scripts }
    },
  }
}

/** Commit of the repository a project is in. */
export async function commitOf(folder: string): Promise<Known<string>> {
  return attempt(() => git(folder, 'rev-parse', 'HEAD'))
}

async function readGit(
  objects: Pick<ObjectStore, 'putBytes'>,
  folder: string,
): Promise<Pick<RunOrigin, 'repository' | 'commit' | 'dirty'>> {
  const tracked = await attempt(() => git(folder, 'ls-files', '--', 'fettle.json'))
  if (typeof tracked !== 'string') return { repository: tracked, commit: tracked, dirty: tracked }
  if (tracked === '') {
    const none = { unavailable: 'the repository does not track the project' }
    return { repository: none, commit: none, dirty: none }
  }
  const [repository, commit, dirty] = await Promise.all([
    attempt(async () => withoutCredentials(await git(folder, 'remote', 'get-url', 'origin'))),
    commitOf(folder),
    attempt(() => keepDiff(objects, folder)),
  ])
  return { repository, commit, dirty }
}

/** Changes of tracked files, then names of files that are not tracked; null when there are neither. */
async function keepDiff(objects: Pick<ObjectStore, 'putBytes'>, folder: string): Promise<Kept | null> {
  const [diff, others] = await Promise.all([
    git(folder, 'diff', '--binary', '--relative', 'HEAD', '--', '.'),
    git(folder, 'ls-files', '--others', '--exclude-standard', '--', '.'),
  ])
  if (diff === '' && others === '') return null
  const names =
    others === ''
      ? ''
      : others
          .split('\n')
          .map(name => `# not tracked: ${name}\n`)
          .join('')
  return objects.putBytes(new TextEncoder().encode(`${diff === '' ? '' : `${diff}\n`}${names}`))
}

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execute('git', ['-C', folder, ...args], {
    timeout: gitMillis,
    maxBuffer: mostDiffBytes,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
  })
  return stdout.trimEnd()
}

function withoutCredentials(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1')
}

/** Scripts of the project that train, each with the modules beside it. */
async function keepScripts(
  objects: Pick<ObjectStore, 'putFile'>,
  plan: RunPlan,
  folder: string,
): Promise<RunOrigin['scripts']> {
  const scripts: Record<string, Known<readonly FileEntry[]>> = {}
  for (const { body, params } of plan.steps) {
    if (body.kind !== 'action' || body.action !== 'training.train') continue
    const { candidate } = params as unknown as TrainParams
    const { trainer } = candidate
    if (trainer.kind === 'script') scripts[candidate.name] = await keepScript(objects, folder, trainer.path)
  }
  return scripts
}

async function keepScript(
  objects: Pick<ObjectStore, 'putFile'>,
  folder: string,
  path: string,
): Promise<Known<readonly FileEntry[]>> {
  const below = relative(folder, resolve(folder, path))
  if (below.startsWith('..') || isAbsolute(below))
    return { unavailable: `the script ${path} is outside the project` }
  return attempt(() => keepFolder(objects, folder, dirname(below)))
}

/** The Python files of a folder, by their path below `root`. */
async function keepFolder(
  objects: Pick<ObjectStore, 'putFile'>,
  root: string,
  folder: string,
): Promise<readonly FileEntry[]> {
  const names = (await readdir(join(root, folder))).filter(name => name.endsWith('.py')).sort()
  if (names.length > mostModules)
    throw new Error(`${folder} holds ${names.length} Python files, more than ${mostModules}`)
  const files: FileEntry[] = []
  for (const name of names) {
    const path = folder === '.' ? name : `${folder}/${name}`
    files.push({ path, ...(await objects.putFile(join(root, path))) })
  }
  return files
}

async function attempt<Fact>(read: () => Promise<Fact>): Promise<Known<Fact>> {
  try {
    return await read()
  } catch (error) {
    return { unavailable: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  const { stderr, code } = error as { readonly stderr?: string; readonly code?: unknown }
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `larger than ${mostDiffBytes} bytes`
  if (code === 'ENOENT' && stderr === undefined) return 'git is not installed'
  if (stderr?.includes('not a git repository')) return 'the project is in no git repository'
  const said = stderr?.trim().split('\n').at(-1)
  return said ? said.slice(0, 200) : (messageOf(error).split('\n', 1)[0]?.slice(0, 200) ?? 'unknown')
}
