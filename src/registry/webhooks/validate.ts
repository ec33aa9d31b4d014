import { FettleError } from '../../kernel/errors/index.ts'
import { textFault } from '../../kernel/text.ts'
import type { WebhookEvent } from './model.ts'
import { webhookEvents } from './model.ts'

// The words of these messages are those that MLflow's clients look for.

const invalid = (message: string, hint?: string) =>
  new FettleError('WEBHOOK_INVALID', message, hint === undefined ? {} : { hint })

export function assertWebhookName(name: string): void {
  if (/^(?=.{1,63}$)[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i.test(name)) return
  throw invalid(
    `Webhook name ${JSON.stringify(name.slice(0, 100))} is invalid. It must start and end with a letter or digit, be at most 63 characters long, and contain only letters (a–z), digits, dots (.), underscores (_), and hyphens (-).`,
  )
}

/** Throws WEBHOOK_INVALID. `http` is an address of the allow-list's business: the sender says whether it may be used. */
export function parseWebhookUrl(text: string): URL {
  const shown = JSON.stringify(text.slice(0, 200))
  if (text.trim() === '') throw invalid(`Webhook URL cannot be empty or just whitespace: ${shown}`)
  if (text.length > 2_048 || textFault(text) !== undefined || !URL.canParse(text))
    throw invalid(`Invalid webhook URL: ${shown}`)
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw invalid(`Invalid webhook URL scheme: ${JSON.stringify(url.protocol)}. Send to https.`)
  if (url.username !== '' || url.password !== '')
    throw invalid(
      'Invalid webhook URL: it holds a user or password',
      'Set a secret: deliveries are signed with it.',
    )
  return url
}

export function assertWebhookEvents(events: readonly WebhookEvent[]): void {
  if (events.length === 0) throw invalid('Webhook events cannot be empty')
  const seen = new Set<string>()
  for (const { entity, action } of events) {
    const actions: readonly string[] = webhookEvents[entity] ?? []
    if (!actions.includes(action))
      throw invalid(
        `Invalid action '${action}' for entity '${entity}'. Valid actions are: [${actions.map(each => `'${each}'`).join(', ')}]`,
      )
    if (seen.has(`${entity}.${action}`)) throw invalid(`The event ${entity}.${action} is named twice`)
    seen.add(`${entity}.${action}`)
  }
}

/** Secrets and descriptions are text of at most 1 000 and 2 000 characters. */
export function assertWebhookTexts({
  secret = '',
  description = '',
}: {
  readonly secret?: string
  readonly description?: string
}): void {
  for (const [what, text, most] of [
    ['secret', secret, 1_000],
    ['description', description, 2_000],
  ] as const) {
    const fault = textFault(text) ?? (text.length > most ? `has more than ${most} characters` : undefined)
    if (fault !== undefined) throw invalid(`The ${what} of the webhook ${fault}`)
  }
}
