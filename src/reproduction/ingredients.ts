import type { TrainingSetClosure } from '../features/index.ts'
import { isFettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import { factOf, isKnown, textOf, unavailable } from './known.ts'
import type { Ingredient, Known, VersionManifest } from './model.ts'
import type { Present } from './ports.ts'

export interface Ground {
  readonly objects: Pick<ObjectStore, 'has' | 'read'>
  readonly present: Present
}

export interface LookOptions {
  /** Read every object and check its hash, instead of asking whether it is there. */
  readonly readAll?: boolean
}

/** Looks for everything a manifest wants (tracking.md §8.5): what is wanted, what is there, and where it is taken from. */
export async function findIngredients(
  manifest: VersionManifest,
  ground: Ground,
  options: LookOptions = {},
): Promise<readonly Ingredient[]> {
  const look: Look = { manifest, ground, options }
  const parts = await Promise.all([dataOf(look), codeOf(look), environmentOf(look), modelOf(look)])
  return [...parts.flat(), seedOf(look)]
}

interface Look {
  readonly manifest: VersionManifest
  readonly ground: Ground
  readonly options: LookOptions
}

type Row = Omit<Ingredient, 'part'>

async function dataOf({ manifest, ground }: Look): Promise<readonly Ingredient[]> {
  const part = 'data' as const
  const { data, steps } = manifest
  if (!isKnown(data)) return [{ part, ...absent('training set', data) }]
  const build = steps.find(step => step.id === 'training-set')
  const { closure } = (build?.params ?? {}) as unknown as { readonly closure?: TrainingSetClosure }
  const definition: Row = {
    name: `definition of ${data.name}`,
    wanted: `as applied, as of ${data.asOf}`,
    found: closure === undefined ? 'nothing' : `with ${closure.views.length} feature views`,
    how: 'plan of the run',
    state: closure === undefined ? 'missing' : 'found',
  }
  const now = await ground.present
    .sourceVersions(closure?.sources ?? [])
    .then((versions): Known<SourceTexts> => new Map(Object.entries(versions)))
    .catch((error: unknown) => unavailable(messageOf(error)))
  const sources = Object.entries(data.sources).map(([name, wanted]) => sourceRow({ name, wanted, now }))
  return [definition, ...sources].map(row => ({ part, ...row }))
}

type SourceTexts = ReadonlyMap<string, string>

function sourceRow({
  name,
  wanted,
  now,
}: {
  readonly name: string
  readonly wanted: string
  readonly now: Known<SourceTexts>
}): Row {
  const row = { name: `source ${name}`, wanted: shortVersion(wanted), how: 'project' }
  if (wanted === 'unversioned')
    return { ...row, wanted: 'its rows as they were', found: 'a source without versions', state: 'missing' }
  if (!isKnown(now)) return { ...row, found: textOf(now), state: 'missing' }
  const found = now.get(name)
  if (found === undefined) return { ...row, found: 'nothing', state: 'missing' }
  const state = stillHolds(wanted, found) ? 'found' : 'missing'
  return { ...row, found: shortVersion(found), state }
}

/** A journal that went on still holds what it held; anything else must be the same. */
function stillHolds(wanted: string, found: string): boolean {
  if (wanted === found) return true
  const [before, after] = [wanted, found].map(version => /^watermark:(\d+)$/.exec(version)?.[1])
  return before !== undefined && after !== undefined && BigInt(after) >= BigInt(before)
}

function shortVersion(version: string): string {
  return version.replace(/([0-9a-f]{12})[0-9a-f]{52}/, '$1…')
}

async function codeOf(look: Look): Promise<readonly Ingredient[]> {
  const part = 'code' as const
  const { code } = look.manifest
  const { build, commit } = look.ground.present
  const running = factOf(code.build)
  const buildRow: Row = {
    name: 'Fettle',
    wanted: textOf(code.build, short),
    found: short(build),
    how: 'the one that runs',
    state: running === undefined ? 'missing' : running === build ? 'found' : 'other',
  }
  const found = await commit()
  const commitRow: Row = {
    name: 'commit of the project',
    wanted: `${textOf(code.commit)}${factOf(code.dirty) ? ' with changes' : ''}`,
    found: isKnown(found) ? found : 'not known',
    how: 'definitions are taken from the plan of the run',
    state: isKnown(code.commit) && factOf(found) === code.commit ? 'found' : 'other',
  }
  const script = code.script === null ? [] : [await filesRow(look, 'trainer script', code.script)]
  const trainers =
    isKnown(code.trainers) && code.trainers.length === 0
      ? []
      : [await filesRow(look, 'code of the trainers', code.trainers)]
  return [buildRow, commitRow, ...trainers, ...script].map(row => ({ part, ...row }))
}

async function environmentOf(look: Look): Promise<readonly Ingredient[]> {
  const part = 'environment' as const
  const { environment } = look.manifest
  const { machine } = look.ground.present
  const recorded = factOf(environment.machine)
  const rows: Row[] = [
    {
      name: 'processor',
      wanted: recorded?.cpu ?? textOf(environment.machine, each => each.cpu),
      found: machine.cpu,
      how: 'this machine',
      state: recorded?.cpu === machine.cpu ? 'found' : 'other',
    },
    {
      name: 'threads',
      wanted: textOf(environment.threads),
      found: `as many of ${machine.cpus} processors`,
      how: 'pinned for the training',
      state: isKnown(environment.threads) ? 'found' : 'missing',
    },
  ]
  const { lock } = environment
  if (lock === null) return [...rows, nodeRow(look)].map(row => ({ part, ...row }))
  return [
    ...rows,
    await interpreterRow(look),
    await filesRow(
      look,
      'lock of the environment',
      isKnown(lock) ? [{ path: 'lock', hash: lock.hash }] : lock,
    ),
    await filesRow(look, 'package files', environment.packages),
  ].map(row => ({ part, ...row }))
}

function nodeRow({ manifest, ground }: Look): Row {
  const wanted = textOf(manifest.environment.interpreter)
  const found = `node ${ground.present.machine.node}`
  return {
    name: 'interpreter',
    wanted,
    found,
    how: 'the one that runs',
    state: wanted === found ? 'found' : 'other',
  }
}

/** Package files fit one minor version of the interpreter on one platform. */
async function interpreterRow({ manifest, ground }: Look): Promise<Row> {
  const { interpreter } = manifest.environment
  const row = { name: 'interpreter', wanted: textOf(interpreter), how: 'on the PATH, or FETTLE_PYTHON' }
  const found = await ground.present.interpreter()
  if (!isKnown(found)) return { ...row, found: found.unavailable, state: 'missing' }
  const minor = (text: string): string => text.replace(/^(\S+ \d+\.\d+).*$/, '$1')
  const same = factOf(interpreter) === found.interpreter
  const fits = minor(textOf(interpreter)) === minor(found.interpreter)
  return { ...row, found: found.interpreter, state: same ? 'found' : fits ? 'other' : 'missing' }
}

async function modelOf(look: Look): Promise<readonly Ingredient[]> {
  const part = 'model' as const
  const { ground, manifest } = look
  const { outputs, data } = manifest
  const stored = isKnown(data) ? ((await ground.present.storedSet(data.id))?.files ?? data.files) : data
  return [
    { part, ...(await filesRow(look, 'files of the version', outputs.files)) },
    { part, ...(await filesRow(look, 'stored training set', stored)) },
  ]
}

function seedOf({ manifest: { randomness } }: Look): Ingredient {
  const { seed } = randomness
  return {
    part: 'randomness',
    name: 'seed',
    wanted: textOf(seed),
    found: textOf(seed),
    how: 'plan of the run',
    state: isKnown(seed) ? 'found' : 'missing',
  }
}

/** Files of the object store: all must be there. */
async function filesRow(
  { ground, options }: Look,
  name: string,
  files: Known<readonly { readonly path: string; readonly hash: string }[] | null>,
): Promise<Row> {
  if (!isKnown(files)) return absent(name, files)
  const lost: string[] = []
  for (const { path, hash } of files ?? []) {
    const whole =
      options.readAll === true ? await isWhole(ground.objects, hash) : await ground.objects.has(hash)
    if (!whole) lost.push(path)
  }
  const count = files?.length ?? 0
  const wanted = `${count} ${count === 1 ? 'file' : 'files'} by hash`
  return lost.length === 0
    ? { name, wanted, found: 'all', how: 'object store', state: 'found' }
    : {
        name,
        wanted,
        found: `${lost.join(', ')} ${lost.length === 1 ? 'is' : 'are'} gone`,
        how: 'object store',
        state: 'missing',
      }
}

async function isWhole(objects: Ground['objects'], hash: string): Promise<boolean> {
  try {
    for await (const _ of objects.read(hash));
    return true
  } catch (error) {
    if (isFettleError(error)) return false
    throw error
  }
}

function absent(name: string, fact: { readonly unavailable: string }): Row {
  return { name, wanted: 'not recorded', found: fact.unavailable, how: '–', state: 'missing' }
}

function short(hash: string): string {
  return hash.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1…')
}
