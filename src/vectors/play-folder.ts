import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseLosslessJson } from '../kernel/values/index.ts'
import {
  notImplemented,
  type PlayedCase,
  type Player,
  type VectorObject,
  type VectorRuntime,
} from './model.ts'
import { playFeatures } from './play-features.ts'
import { playOnline } from './play-online-loads.ts'
import { playTrainingSets } from './play-training-set.ts'
import { playWire } from './play-wire.ts'
import { list, object, optionalText } from './read.ts'

const players: Readonly<Record<string, Player>> = {
  asof: playFeatures,
  windows: playFeatures,
  online: playOnline,
  'training-set': playTrainingSets,
  wire: playWire,
}

export interface PlayedFile {
  readonly path: string
  readonly kind: string
  readonly cases: readonly PlayedCase[]
}

/** Plays every `*.json` below a folder that has a `kind`, one file after the other, sorted by path. */
export async function* playFolder(folder: string, runtime: VectorRuntime): AsyncIterable<PlayedFile> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.json'))
    .map(entry => join(entry.parentPath, entry.name))
  for (const path of paths.sort()) {
    const file = await readVectorFile(path)
    if (file) yield await playFile(relative(folder, path), file, runtime)
  }
}

async function readVectorFile(path: string): Promise<VectorObject | undefined> {
  const file = object(parseLosslessJson(await readFile(path, 'utf8')))
  return typeof file.get('kind') === 'string' || file.has('cases') ? file : undefined
}

async function playFile(path: string, file: VectorObject, runtime: VectorRuntime): Promise<PlayedFile> {
  const kind = optionalText(file.get('kind')) ?? 'unknown'
  const play = players[kind]
  if (!play) return { path, kind, cases: [...unplayed(kind, file)] }
  const folder = await mkdtemp(join(tmpdir(), 'fettle-vectors-'))
  try {
    const cases: PlayedCase[] = []
    for await (const each of play(file, { runtime, folder, shared: object(file.get('shared')) }))
      cases.push(each)
    return { path, kind, cases }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function* unplayed(kind: string, file: VectorObject): Iterable<PlayedCase> {
  for (const [index, each] of list(file.get('cases')).entries()) {
    yield {
      name: optionalText(object(each).get('name')) ?? `case ${index}`,
      outcome: notImplemented(`kind ${kind}`),
    }
  }
}
