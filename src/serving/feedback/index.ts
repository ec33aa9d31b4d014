import type { IncomingMessage } from 'node:http'
import { FettleError } from '../../kernel/errors/index.ts'
import type { FrontState } from '../front/front-state.ts'
import { checkMedia, jsonReply, type Reply, readBody } from '../front/http.ts'
import { parseBody } from '../json/parse-body.ts'
import { feedbackTerms } from './terms.ts'

const maxItems = 100_000

/**
 * `POST /feedback/{deployment}` `{"items":[…]}`: what became of predictions, item by item. Works while the deployment is
 * killed and while the control plane is gone. Throws what is wrong with the request as a whole.
 */
export async function handleFeedback(
  state: FrontState,
  { req, caller }: { readonly req: IncomingMessage; readonly caller: string | null },
  deployment: string,
): Promise<Reply> {
  if (req.method !== 'POST')
    throw new FettleError('METHOD_NOT_ALLOWED', 'this route answers POST only', {
      details: { allow: 'POST' },
    })
  const found = state.releases.find(deployment)
  if (!found)
    throw new FettleError(
      'UNKNOWN_DEPLOYMENT',
      `there is no deployment ${JSON.stringify(deployment.slice(0, 80))}`,
    )
  const release = found.current?.release
  if (!release)
    throw new FettleError('NOT_READY', `no release of ${deployment} is loaded that could say what it takes`)
  checkMedia(req)
  const body = parseBody(await readBody(req, state.limits, state.budget), feedbackTerms(release))
  const reply = await state.feedback.take({
    release,
    items: itemsOf(body),
    receivedAt: state.clock.nowMicros(),
    caller,
  })
  return jsonReply(reply)
}

function itemsOf(body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new FettleError('BAD_JSON', 'the body is not an object: send {"items":[{…}]}')
  const other = Object.keys(body).find(name => name !== 'items')
  if (other !== undefined)
    throw new FettleError('UNKNOWN_INPUT', `the body has ${JSON.stringify(other.slice(0, 80))} beside items`)
  const { items } = body as { readonly items?: unknown }
  if (!Array.isArray(items)) throw new FettleError('WRONG_TYPE', 'items is not an array of objects')
  if (items.length > maxItems)
    throw new FettleError(
      'BATCH_TOO_LARGE',
      `${items.length} items are more than the ${maxItems} of one request`,
      {
        hint: 'Send them in several requests.',
        details: { items: items.length, limit: maxItems },
      },
    )
  return items
}
