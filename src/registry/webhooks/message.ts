import { createHmac } from 'node:crypto'
import type { Json } from '../../kernel/canonical.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { WebhookEvent } from './model.ts'

/** What is sent for an event, as JSON text: `entity`, `action`, `timestamp` and `data`. */
export function webhookBody({ entity, action }: WebhookEvent, data: Json, at: Micros): string {
  return JSON.stringify({ entity, action, timestamp: formatTimestamp(at).replace(/Z$/, '+00:00'), data })
}

/**
 * The headers of MLflow's webhooks (after Standard Webhooks): the id is that of the delivery, the time that of this
 * sending in Unix seconds; the signature is `v1,` and the base64 of HMAC-SHA-256 over `id.time.body`.
 */
export function webhookHeaders(
  delivery: { readonly id: string; readonly body: string },
  secret: string | null,
  now: Micros,
): Readonly<Record<string, string>> {
  const time = String(now / 1_000_000n)
  const headers = {
    'Content-Type': 'application/json',
    'X-MLflow-Delivery-Id': delivery.id,
    'X-MLflow-Timestamp': time,
  }
  if (secret === null) return headers
  const signature = createHmac('sha256', secret)
    .update(`${delivery.id}.${time}.${delivery.body}`)
    .digest('base64')
  return { ...headers, 'X-MLflow-Signature': `v1,${signature}` }
}

/** What a test sends: data of the event's form, of nothing that exists. */
export function exampleData({ entity, action }: WebhookEvent): Json {
  const prompt = entity.startsWith('prompt')
  const name = prompt ? 'example_prompt' : 'example_model'
  const described = {
    tags: { example_key: 'example_value' },
    description: `An example ${entity.replaceAll('_', ' ')}`,
  }
  const tag = { key: 'example_key', ...(action === 'set' ? { value: 'example_value' } : {}) }
  switch (entity) {
    case 'registered_model':
    case 'prompt':
      return { name, ...described }
    case 'model_version':
      return { name, version: '1', source: 'models:/123', run_id: 'abcd1234abcd5678', ...described }
    case 'prompt_version':
      return { name, version: '1', template: 'Hello {{name}}!', ...described }
    case 'prompt_tag':
      return { name, ...tag }
    case 'model_version_tag':
    case 'prompt_version_tag':
      return { name, version: '1', ...tag }
    case 'model_version_alias':
    case 'prompt_alias':
      return { name, alias: 'example_alias', ...(action === 'created' ? { version: '1' } : {}) }
  }
}
