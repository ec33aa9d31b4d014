import { setTimeout as sleep } from 'node:timers/promises'
import { AwsV4Signer } from 'aws4fetch'
import { FettleError } from '../../../kernel/errors/index.ts'
import { messageOf } from '../../../kernel/message-of.ts'
import { hashBytes } from '../digest.ts'
import type { S3Location } from './location.ts'
import { refusal } from './refusal.ts'

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Below the prefix; left out: the bucket itself. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Statuses that are an answer and not an error, beside 2xx. */
  readonly accept?: readonly number[]
}

/** Sends signed requests; tries again what may succeed later. The body of the answer is not yet read. */
export type SendS3 = (request: S3Request) => Promise<Response>

const firstPauseMs = 100
const answerWithinMs = 60_000
const passing = [408, 429, 500, 502, 503, 504]

/**
 * Throws OBJECT_STORE_UNAVAILABLE when the server cannot be reached, or is still too busy after the last try;
 * OBJECT_STORE_MISCONFIGURED for wrong credentials, bucket or region; DISK_FULL.
 */
export function s3Sender(location: S3Location, attempts: number): SendS3 {
  return async request => {
    for (let attempt = 1; ; attempt++) {
      const last = attempt === attempts
      const response = await sendOnce(location, request).catch((cause: unknown) => {
        if (last) throw unreachable(location, messageOf((cause as Error).cause ?? cause), cause)
        return undefined
      })
      if (response !== undefined) {
        if (response.ok || request.accept?.includes(response.status)) return response
        const failure = await refusal(location, response)
        if (last || !passing.includes(response.status)) throw failure
      }
      await sleep(pauseMs(attempt, response?.headers.get('retry-after')))
    }
  }
}

async function sendOnce(location: S3Location, request: S3Request): Promise<Response> {
  const { method, key, query = {}, headers = {}, body } = request
  const url = new URL(
    `${location.endpoint}/${location.bucket}${key === undefined ? '' : `/${keyOf(location, key)}`}`,
  )
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const { accessKeyId, secretAccessKey, sessionToken, region } = location
  const signed = await new AwsV4Signer({
    ...{ method, url: url.href, service: 's3', region, accessKeyId, secretAccessKey },
    ...(sessionToken === undefined ? {} : { sessionToken }),
    // With the hash of the body in the signature, the server refuses bytes that were changed on the way.
    headers: { ...headers, 'x-amz-content-sha256': hashBytes(body ?? empty).hash.slice('sha256:'.length) },
  }).sign()
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new Error('no answer within a minute')), answerWithinMs)
  try {
    return await fetch(signed.url, {
      ...{ method, headers: signed.headers, redirect: 'manual', signal: silence.signal },
      ...(body === undefined ? {} : { body }),
    })
  } finally {
    clearTimeout(timer)
  }
}

const empty = new Uint8Array()

/** The whole key, as the bucket knows it. */
export function keyOf({ prefix }: Pick<S3Location, 'prefix'>, key: string): string {
  return prefix === '' ? key : `${prefix}/${key}`
}

function pauseMs(attempt: number, retryAfter: string | null | undefined): number {
  const asked = Number(retryAfter ?? 0) * 1_000
  const own = firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random())
  return Math.max(own, asked > 0 && asked <= 10_000 ? asked : 0)
}

export function unreachable(location: S3Location, message: string, cause?: unknown): FettleError {
  return new FettleError(
    'OBJECT_STORE_UNAVAILABLE',
    `the object store at ${location.endpoint} does not answer: ${message}`,
    { cause },
  )
}
