import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FileReply } from '../api/tracking-files.ts'

export function isFileReply(value: unknown): value is FileReply {
  return typeof value === 'object' && value !== null && 'read' in value && 'hash' in value
}

/** A file as an attachment, whole or a range of it (RFC 9110 §14), named as RFC 6266 has it. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: FileReply): FastifyReply {
  const etag = `"${file.hash}"`
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'content-disposition': attachmentOf(file.name),
  })
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  const { range: asked, 'if-range': unchanged = etag } = request.headers
  const range = readRange(unchanged === etag ? asked : undefined, file.bytes)
  const read = (part?: Range) => (request.method === 'HEAD' ? [] : file.read(part))
  if (range === 'unsatisfiable')
    return reply.code(416).header('content-range', `bytes */${file.bytes}`).send()
  if (range === undefined)
    return reply.header('content-length', file.bytes).send(Readable.from(read(), { objectMode: false }))
  const { start, end } = range
  return reply
    .code(206)
    .headers({
      'content-length': end - start,
      'content-range': `bytes ${start}-${end - 1}/${file.bytes}`,
    })
    .send(Readable.from(read(range), { objectMode: false }))
}

/** MLflow's suites and old clients read `filename`; names that are no token of RFC 9110 have the encoded form alone. */
function attachmentOf(name: string): string {
  const plain = /^[\w.!#$&+^`|~%-]+$/.test(name) ? `; filename=${name}` : ''
  return `attachment${plain}; filename*=UTF-8''${encodeRfc5987(name)}`
}

function encodeRfc5987(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

interface Range {
  readonly start: number
  readonly end: number
}

/** One range with its end exclusive; undefined for none, or a form that may be ignored. */
export function readRange(header: string | undefined, bytes: number): Range | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  const [, first = '', last = ''] = match ?? []
  if (match === null || (first === '' && last === '')) return undefined
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first)
  const end = first === '' || last === '' ? bytes : Math.min(bytes, Number(last) + 1)
  return start >= bytes || start >= end ? 'unsatisfiable' : { start, end }
}
