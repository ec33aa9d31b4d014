import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { JsonNumber, parseLosslessJson } from '../kernel/values/index.ts'
import {
  failed,
  notImplemented,
  type PlayedCase,
  type Player,
  type VectorObject,
  type VectorRuntime,
} from './model.ts'
import { playAnswers } from './play-answers.ts'
import { caseName } from './play-cases.ts'
import { playFeast } from './play-feast.ts'
import { playFeatures } from './play-features.ts'
import { playOnline } from './play-online.ts'
import { playSkew } from './play-skew.ts'
import { playTrainingSets } from './play-training-set.ts'
import { playTranscript } from './play-transcript.ts'
import { playWire } from './play-wire.ts'
import { list, object, optionalText } from './read.ts'

const players: Readonly<Record<string, Player>> = {
  asof: playFeatures,
  windows: playFeatures,
  online: playOnline,
  'training-set': playTrainingSets,
  wire: playWire,
  'feast-http': playFeast,
  skew: playSkew,
  transcript: playTranscript,
}

export interface PlayedFile {
  readonly path: string
  readonly kind: string
  readonly cases: readonly PlayedCase[]
  /** Why this is no known-answer file of a schema known here. */
  readonly unknown?: string
}

/** Plays one file. What cannot be read has failed; what is JSON of another shape is unknown. Never throws. */
export async function playFile(path: string, runtime: VectorRuntime): Promise<PlayedFile> {
  try {
    const content = await readFile(path, 'utf8')
    return await playContent(path, { content, file: object(parseLosslessJson(content)) }, runtime)
  } catch (error) {
    return {
      path,
      kind: 'malformed',
      cases: [{ name: 'file', outcome: failed(`cannot be read: ${(error as Error).message}`) }],
    }
  }
}

interface Content {
  readonly content: string
  readonly file: VectorObject
}

async function playContent(
  path: string,
  { content, file }: Content,
  runtime: VectorRuntime,
): Promise<PlayedFile> {
  const kind = kindOf(file)
  if (kind === undefined) return unknown(path, 'it holds no cases of a known shape')
  const schema = file.get('schema')
  const version = schema instanceof JsonNumber ? schema.text : (optionalText(schema) ?? 'absent')
  if (version !== '1' && version !== transcriptSchema) return unknown(path, `schema ${version} is not known`)
  const played =
    kind === 'answers'
      ? await all(playAnswers(basename(path, '.json'), { content, runtime }))
      : await playKind(kind, { file, runtime })
  if (played.length > 0) return { path, kind, cases: played }
  return { path, kind, cases: [{ name: 'file', outcome: failed('the file holds no cases') }] }
}

function unknown(path: string, why: string): PlayedFile {
  return { path, kind: 'unknown', cases: [], unknown: why }
}

const transcriptSchema = 'fettle.transcript/1'

function kindOf(file: VectorObject): string | undefined {
  if (file.get('schema') === transcriptSchema) return 'transcript'
  const kind = optionalText(file.get('kind'))
  if (kind !== undefined && (kind in players || file.has('cases'))) return kind
  const [first] = list(file.get('cases'))
  return file.has('tolerance') || object(first).has('in') ? 'answers' : undefined
}

async function playKind(
  kind: string,
  { file, runtime }: { readonly file: VectorObject; readonly runtime: VectorRuntime },
): Promise<PlayedCase[]> {
  const play = players[kind]
  if (!play) return unplayed(kind, file)
  const folder = await mkdtemp(join(tmpdir(), 'fettle-vectors-'))
  try {
    return await all(play(file, { runtime, folder, shared: object(file.get('shared')) }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function unplayed(kind: string, file: VectorObject): PlayedCase[] {
  const cases = list(file.get('cases'))
  const outcome = notImplemented(`kind ${kind}`)
  return cases.map((each, index) => ({ name: caseName(object(each), index), outcome }))
}

async function all(cases: AsyncIterable<PlayedCase>): Promise<PlayedCase[]> {
  const played: PlayedCase[] = []
  for await (const each of cases) played.push(each)
  return played
}
