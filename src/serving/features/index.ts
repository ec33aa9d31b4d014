import type { IncomingMessage } from 'node:http'
import { FettleError } from '../../kernel/errors/index.ts'
import type { FrontState } from '../front/front-state.ts'
import { checkMedia, type Reply, readBody } from '../front/http.ts'
import { arrowMedia, encodeArrowAnswer } from './arrow-answer.ts'
import { decodeArrowWrite } from './arrow-rows.ts'
import { encodeAnswer } from './json-answer.ts'
import { readFeatures } from './read.ts'
import { decodeDelete, decodeWrite, type WriteCall, writeReply } from './write.ts'

/** Native reads and writes of features: `POST /features/read`, `POST /features/write`, `DELETE /features/SOURCE`. */
export async function handleFeatures(state: FrontState, req: IncomingMessage, path: string): Promise<Reply> {
  const name = path.slice('/features/'.length)
  if (name === 'read') {
    requireMethod(req, 'POST')
    checkMedia(req)
    const { answer, times } = await readFeatures(state, await bodyOf(state, req))
    return (req.headers.accept ?? '').includes(arrowMedia)
      ? { status: 200, contentType: arrowMedia, body: await encodeArrowAnswer(answer, times) }
      : { status: 200, body: encodeAnswer(answer, times) }
  }
  if (name === 'write') {
    requireMethod(req, 'POST')
    return write(state, await writeCall(state, req))
  }
  if (req.method === 'POST' || name === '' || name.includes('/'))
    throw new FettleError('UNKNOWN_ROUTE', 'there is no such route on the data port', {
      hint: 'See docs/serving.md for the routes.',
    })
  requireMethod(req, 'DELETE')
  checkMedia(req)
  const now = state.featureClock.nowMicros()
  const body = await bodyOf(state, req)
  return write(state, decodeDelete(state.features.catalog(), { source: sourceName(name), body, now }))
}

async function write(state: FrontState, call: WriteCall): Promise<Reply> {
  const report = await state.features.write(call.request)
  return writeReply(report, call)
}

async function writeCall(state: FrontState, req: IncomingMessage): Promise<WriteCall> {
  const arrow = req.headers['content-type']?.startsWith(arrowMedia) === true
  if (!arrow) checkMedia(req)
  const body = await bodyOf(state, req)
  const now = state.featureClock.nowMicros()
  if (!arrow) return decodeWrite(state.features.catalog(), { body, now })
  const query = new URL(req.url ?? '/', 'http://front').searchParams
  return decodeArrowWrite(state.features.catalog(), { body, now, query })
}

function bodyOf(state: FrontState, req: IncomingMessage): Promise<Buffer> {
  return readBody(req, state.limits, state.budget)
}

function sourceName(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function requireMethod(req: IncomingMessage, allow: 'POST' | 'DELETE'): void {
  if (req.method === allow) return
  throw new FettleError('METHOD_NOT_ALLOWED', `this route answers ${allow} only`, { details: { allow } })
}
