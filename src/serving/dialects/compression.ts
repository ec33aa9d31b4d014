import { promisify } from 'node:util'
import { deflate, gunzip, gzip, inflate } from 'node:zlib'
import { FettleError } from '../../kernel/errors/index.ts'
import type { BodyBudget, BodyLimits, Reply } from '../front/http.ts'

const inflaters = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const
const deflaters = { gzip: promisify(gzip), deflate: promisify(deflate) } as const
type Encoding = keyof typeof inflaters

/** UNSUPPORTED_ENCODING for anything but gzip, deflate (zlib) and identity. */
export function encodingOf(header: string | undefined): Encoding | undefined {
  if (header === undefined || header === '' || header === 'identity') return undefined
  const name = header.trim().toLowerCase()
  if (name === 'gzip' || name === 'deflate') return name
  throw new FettleError(
    'UNSUPPORTED_ENCODING',
    'the body has a Content-Encoding other than gzip, deflate and identity',
    { hint: 'Send it with gzip or deflate (zlib), or as it is.' },
  )
}

interface Room {
  readonly limits: BodyLimits
  readonly budget: BodyBudget
}

/** Bodies seldom shrink more than this: what they inflate to is first looked for within it. */
const usualRatio = 16

/**
 * The body as it was before it was compressed, in another thread. BODY_TOO_LARGE as soon as more than the limit came
 * out, OVERLOADED where all bodies together would be too large, BAD_HEADER where it is not what its header says.
 */
export async function inflated(body: Buffer, encoding: Encoding, room: Room): Promise<Buffer> {
  const { bodyBytes } = room.limits
  const usual = Math.min(bodyBytes, 65_536 + usualRatio * body.length)
  const found = await inflatedWithin(usual, { body, encoding, room })
  const whole = found ?? (usual < bodyBytes && (await inflatedWithin(bodyBytes, { body, encoding, room })))
  if (whole) return whole
  throw new FettleError('BODY_TOO_LARGE', `the body inflates to more than ${bodyBytes} bytes`, {
    details: { limitBytes: bodyBytes },
  })
}

/** Undefined: it is larger. The bytes count as being read while that is found out. */
async function inflatedWithin(
  bytes: number,
  {
    body,
    encoding,
    room: { limits, budget },
  }: { readonly body: Buffer; readonly encoding: Encoding; readonly room: Room },
): Promise<Buffer | undefined> {
  if (budget.held + bytes > limits.totalBytes)
    throw new FettleError('OVERLOADED', 'too many bytes of requests are being read')
  budget.held += bytes
  try {
    return await inflaters[encoding](body, { maxOutputLength: bytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw new FettleError(
      'BAD_HEADER',
      `the body is not whole ${encoding}, which its Content-Encoding says`,
      {
        hint: 'Send the whole compressed body, or leave out Content-Encoding.',
        cause: error,
      },
    )
  } finally {
    budget.held -= bytes
  }
}

/** Shorter replies do not gain. */
const worthwhileBytes = 1024

/** The reply, compressed where the caller takes it so and it is long enough to gain. */
export async function compressed(reply: Reply, accepts: string | undefined): Promise<Reply> {
  const encoding = acceptedEncoding(accepts ?? '')
  if (!encoding || Buffer.byteLength(reply.body) < worthwhileBytes) return reply
  const body = await deflaters[encoding](reply.body)
  return { ...reply, body, headers: [...(reply.headers ?? []), 'content-encoding', encoding] }
}

function acceptedEncoding(accepts: string): Encoding | undefined {
  const wanted = accepts
    .toLowerCase()
    .split(',')
    .map(each => each.trim())
    .filter(each => !/;\s*q=0(\.0*)?$/.test(each))
    .map(each => each.split(';')[0]?.trim())
  return wanted.includes('gzip') ? 'gzip' : wanted.includes('deflate') ? 'deflate' : undefined
}
