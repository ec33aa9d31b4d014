import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../../../kernel/errors/index.ts'

/** oip.json: where the model is that another server of the Open Inference Protocol scores. */
export interface OipSettings {
  readonly schema: 1
  /** Of the server, without `/v2`. */
  readonly url: string
  /** What the server calls the model. */
  readonly name: string
  /** Left out: the one the server takes by itself. */
  readonly version?: string
  /** Names of the vector, in order: where the server has an input for each, they must be these. */
  readonly columns?: readonly string[]
  /** The output to be read; left out: `score`, `probabilities`, `predict`, or the only one. */
  readonly output?: string
}

/** Throws MODEL_UNREADABLE. */
export async function readOipSettings(folder: string): Promise<OipSettings> {
  let settings: Partial<OipSettings>
  try {
    settings = JSON.parse(await readFile(join(folder, 'oip.json'), 'utf8')) as Partial<OipSettings>
  } catch (cause) {
    throw new FettleError('MODEL_UNREADABLE', 'oip.json is missing in the model folder, or is not JSON', {
      cause,
    })
  }
  const { schema, url, name, version, output } = settings
  const texts = [name, version ?? '1', output ?? 'score']
  if (schema !== 1 || !isServerUrl(url) || !texts.every(text => typeof text === 'string' && text !== ''))
    throw new FettleError(
      'MODEL_UNREADABLE',
      'oip.json needs schema 1, an http or https url without credentials, and the name of a model',
    )
  return settings as OipSettings
}

function isServerUrl(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false
  const { protocol, username, password } = new URL(url)
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === ''
}
