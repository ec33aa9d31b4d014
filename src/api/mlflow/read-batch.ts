import { readDouble, readInteger, readText } from './read-message.ts'
import { invalid, missing } from './refusals.ts'

export interface WirePoint {
  readonly key: string
  readonly value: number
  /** Milliseconds. */
  readonly timestamp: number
  readonly step: number
  readonly modelId?: string
  readonly dataset?: { readonly name: string; readonly digest: string }
}

export interface WireBatch {
  readonly runId: string
  readonly metrics: readonly WirePoint[]
  readonly params: readonly { readonly key: string; readonly value: string }[]
  readonly tags: readonly { readonly key: string; readonly value: string }[]
}

type Body = Readonly<Record<string, unknown>>

/**
 * The request of `runs/log-batch`, checked in one pass: a training run sends thousands of points a second. Throws
 * BAD_REQUEST naming the first wrong field with its position.
 */
export function readBatch(body: Body): WireBatch {
  const runId = body['run_id'] ?? body['run_uuid']
  if (runId === undefined || runId === null || runId === '') throw missing('run_id')
  return {
    runId: readText(runId, 'run_id'),
    metrics: items(body, 'metrics', readPoint),
    params: items(body, 'params', readPair),
    tags: items(body, 'tags', readPair),
  }
}

function items<Item>(
  body: Body,
  name: 'metrics' | 'params' | 'tags',
  read: (item: Body, list: string, at: number) => Item,
): Item[] {
  const sent = body[name]
  if (sent === undefined || sent === null) return []
  if (!Array.isArray(sent)) throw invalid(name, sent, 'a list is wanted')
  const found: Item[] = new Array(sent.length)
  for (let at = 0; at < sent.length; at++) {
    const item: unknown = sent[at]
    if (typeof item !== 'object' || item === null || Array.isArray(item))
      throw invalid(`${name}[${at}]`, item, 'an object is wanted')
    found[at] = read(item as Body, name, at)
  }
  return found
}

function readPoint(item: Body, list: string, at: number): WirePoint {
  const { value, timestamp, step, model_id: modelId } = item
  const key = readKey(item['key'], list, at)
  if (value === undefined || value === null || value === '') throw missing(`${list}[${at}].value`)
  const point = {
    key,
    value:
      typeof value === 'number' && Number.isFinite(value) ? value : readDouble(value, `${list}[${at}].value`),
    timestamp: readTime(timestamp, list, at),
    step: step === undefined || step === null ? 0 : readInteger(step, `${list}[${at}].step`),
  }
  if ((modelId ?? item['dataset_name'] ?? item['dataset_digest'] ?? null) === null) return point
  return { ...point, ...belongings(item, `${list}[${at}].`) }
}

function readKey(key: unknown, list: string, at: number): string {
  if (key === undefined || key === null || key === '') throw missing(`${list}[${at}].key`)
  return plainText(key) ? key : readText(key, `${list}[${at}].key`)
}

function readTime(timestamp: unknown, list: string, at: number): number {
  if (timestamp === undefined || timestamp === null || timestamp === '')
    throw missing(`${list}[${at}].timestamp`)
  return Number.isSafeInteger(timestamp)
    ? (timestamp as number)
    : readInteger(timestamp, `${list}[${at}].timestamp`)
}

/** The logged model and the dataset a point names besides its run. `prefix` is the place of the point in the request. */
export function belongings(item: Body, prefix = ''): Pick<WirePoint, 'modelId' | 'dataset'> {
  const [modelId, name, digest] = ['model_id', 'dataset_name', 'dataset_digest'].map(field => {
    const sent = item[field] ?? ''
    return sent === '' ? '' : readText(sent, `${prefix}${field}`)
  }) as [string, string, string]
  if (name !== '' && digest === '') throw missing(`${prefix}dataset_digest`)
  if (digest !== '' && name === '') throw missing(`${prefix}dataset_name`)
  return {
    ...(modelId === '' ? {} : { modelId }),
    ...(name === '' ? {} : { dataset: { name, digest } }),
  }
}

/** Printable ASCII needs no closer look. */
function plainText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)
}

function readPair(item: Body, list: string, at: number): { readonly key: string; readonly value: string } {
  const { value } = item
  return {
    key: readKey(item['key'], list, at),
    value:
      value === undefined || value === null
        ? ''
        : plainText(value)
          ? value
          : readText(value, `${list}[${at}].value`),
  }
}
