import { createHash } from 'node:crypto'
import { FettleError, isFettleError } from '../../../kernel/errors/index.ts'
import { corrupt, type Digest, digestOf, hashBytes } from '../digest.ts'
import type { SendS3 } from './request.ts'
import { elementsOf, textOf } from './xml.ts'

/** Bytes that are here and can be read again, in any part. */
export interface Source extends Digest {
  /** The taker may not keep it past the next call. */
  part(start: number, end: number): Promise<Uint8Array>
}

export interface Target {
  readonly send: SendS3
  /** Below the prefix. */
  readonly key: string
  /** What the bucket calls it. */
  readonly wholeKey: string
  readonly partBytes: number
}

interface Part {
  readonly number: number
  readonly etag: string
}

const mostParts = 10_000

/**
 * Puts an object, in parts when it is larger than one. Parts that an earlier, killed or cut upload of the same bytes left
 * are not sent again. The object is visible whole or not at all; parts of what is not what its hash says are taken back.
 */
export async function upload(source: Source, target: Target): Promise<void> {
  const { send, key, partBytes } = target
  if (source.bytes > partBytes) return uploadInParts(source, target)
  const body = await source.part(0, source.bytes)
  if (hashBytes(body).hash !== source.hash) throw corrupt(source.hash)
  await send({ method: 'PUT', key, body, headers: { 'content-type': contentType } })
}

const contentType = 'application/octet-stream'
const attempts = 3

async function uploadInParts(source: Source, target: Target): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const begun = await unfinished(target)
    const id = begun?.id ?? (await begin(target))
    try {
      const parts = await sendParts(source, { ...target, id, there: begun?.parts ?? new Map() })
      return await complete(target, id, parts)
    } catch (error) {
      if (isFettleError(error, 'OBJECT_CORRUPT')) await abort(target, id).catch(() => undefined)
      if (!isFettleError(error, 'OBJECT_UNKNOWN') || attempt === attempts) throw error
      // Another process that sends the same bytes has finished our upload, or taken it back.
      const found = await target.send({ method: 'HEAD', key: target.key, accept: [404] })
      if (found.ok) return
    }
  }
}

async function begin({ send, key }: Target): Promise<string> {
  const headers = { 'content-type': contentType }
  const answer = await send({ method: 'POST', key, query: { uploads: '' }, headers })
  const id = textOf(await answer.text(), 'UploadId')
  if (id === undefined) throw new FettleError('OBJECT_STORE_UNAVAILABLE', 'the upload got no id')
  return id
}

interface Sending extends Target {
  readonly id: string
  /** Number to ETag of the parts the server has. */
  readonly there: ReadonlyMap<number, string>
}

async function sendParts(source: Source, sending: Sending): Promise<readonly Part[]> {
  const size = Math.max(sending.partBytes, Math.ceil(source.bytes / mostParts))
  const hash = createHash('sha256')
  const parts: Part[] = []
  for (let start = 0; start < source.bytes; start += size) {
    const body = await source.part(start, Math.min(start + size, source.bytes))
    hash.update(body)
    parts.push(await sendPart(body, parts.length + 1, sending))
  }
  // The file may have changed since its hash was taken.
  if (digestOf(hash, 0).hash !== source.hash) throw corrupt(source.hash)
  return parts
}

async function sendPart(body: Uint8Array, number: number, { send, key, id, there }: Sending): Promise<Part> {
  const known = there.get(number)
  // An ETag that is no MD5 (encrypted buckets) matches nothing: such a part is sent again.
  if (known !== undefined && bare(known) === createHash('md5').update(body).digest('hex'))
    return { number, etag: known }
  const query = { partNumber: String(number), uploadId: id }
  const answer = await send({ method: 'PUT', key, query, body, accept: [404] })
  await answer.arrayBuffer()
  if (answer.status === 404) throw gone()
  return { number, etag: answer.headers.get('etag') ?? '' }
}

async function complete({ send, key }: Target, id: string, parts: readonly Part[]): Promise<void> {
  const list = parts
    .map(({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>"${bare(etag)}"</ETag></Part>`)
    .join('')
  const body = new TextEncoder().encode(`<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`)
  const answer = await send({ method: 'POST', key, query: { uploadId: id }, body, accept: [404] })
  const text = await answer.text()
  if (answer.status === 404) throw gone()
  // Servers may begin to answer 200 before they know that it failed.
  const failure = text.includes('<Error>') ? textOf(text, 'Code') : undefined
  if (failure !== undefined)
    throw new FettleError('OBJECT_STORE_UNAVAILABLE', `the parts could not be joined: ${failure}`)
}

/** The newest upload of this very key that was begun and neither finished nor taken back. */
async function unfinished(
  target: Target,
): Promise<{ readonly id: string; readonly parts: ReadonlyMap<number, string> } | undefined> {
  const { send, key, wholeKey } = target
  const answer = await send({ method: 'GET', query: { uploads: '', prefix: wholeKey } })
  const found = elementsOf(await answer.text(), 'Upload').filter(each => textOf(each, 'Key') === wholeKey)
  const id = textOf(found.at(-1) ?? '', 'UploadId')
  if (id === undefined) return undefined
  const parts = new Map<number, string>()
  for (let after = '0'; ; ) {
    const query = { uploadId: id, 'part-number-marker': after }
    const page = await send({ method: 'GET', key, query, accept: [404] })
    const text = await page.text()
    if (page.status === 404) return undefined
    for (const part of elementsOf(text, 'Part'))
      parts.set(Number(textOf(part, 'PartNumber')), textOf(part, 'ETag') ?? '')
    const next = textOf(text, 'NextPartNumberMarker')
    if (textOf(text, 'IsTruncated') !== 'true' || next === undefined) return { id, parts }
    after = next
  }
}

/** Takes back uploads below `prefix` that were begun before `limitMs` (of the epoch): nobody will finish them. */
export async function abortStale(send: SendS3, prefix: string, limitMs: number): Promise<void> {
  const answer = await send({ method: 'GET', query: { uploads: '', prefix } })
  for (const each of elementsOf(await answer.text(), 'Upload')) {
    const [wholeKey, id] = [textOf(each, 'Key'), textOf(each, 'UploadId')]
    const begun = Date.parse(textOf(each, 'Initiated') ?? '')
    if (wholeKey === undefined || id === undefined || !(begun < limitMs)) continue
    await abort({ send, key: wholeKey.slice(prefix.length).replace(/^\//, '') }, id)
  }
}

async function abort({ send, key }: Pick<Target, 'send' | 'key'>, id: string): Promise<void> {
  await (await send({ method: 'DELETE', key, query: { uploadId: id }, accept: [404] })).arrayBuffer()
}

const bare = (etag: string): string => etag.replace(/^"|"$/g, '')
const gone = () => new FettleError('OBJECT_UNKNOWN', 'the upload is no longer known to the object store')
