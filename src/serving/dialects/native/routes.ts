import type { Reply } from '../../front/http.ts'
import { answerCall, type Call, requireMedia, requireMethod, type Target } from '../call.ts'
import { nativeCodec } from './codec.ts'

/** `POST /predict/DEPLOYMENT`; the header `fettle-release` asks for one that is loaded, past the routing. */
export function routeNative(call: Call, target: Target): Promise<Reply> {
  requireMethod(call.req, 'POST')
  requireMedia(call.req)
  const version = call.req.headers['fettle-release']
  return answerCall(call, typeof version === 'string' ? { ...target, version } : target, nativeCodec)
}
