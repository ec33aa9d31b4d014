import type { Answered, DecodedRequest } from '../front/answered.ts'
import type { Reply } from '../front/http.ts'
import type { ServingSignature } from '../front/signature.ts'
import type { ServableRelease } from '../model.ts'

/**
 * A dialect of predictions: bytes to typed rows, answered rows to bytes. Pure, and all that knows the dialect. `decode`
 * throws the FettleError of the first thing that is wrong, naming input, row and column.
 */
export interface Codec<Request extends DecodedRequest> {
  decode(body: Buffer, signature: ServingSignature, release: ServableRelease): Request
  encode(answered: Answered<Request>): Reply
}
