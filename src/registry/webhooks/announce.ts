import { randomUUID } from 'node:crypto'
import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'
import type { RegistryStore } from '../ports.ts'
import type { ModelRecord } from '../records/model.ts'
import { webhookBody } from './message.ts'
import type { WebhookEntity, WebhookEvent } from './model.ts'
import type { WebhookStore } from './ports.ts'

/** What happened in the registry; the rest of what is told is read back in the same transaction. */
export type RegistryNews =
  | { readonly what: 'model-created'; readonly model: string }
  | { readonly what: 'version-created'; readonly model: string; readonly version: number }
  | {
      readonly what: 'tag-set' | 'tag-removed'
      readonly model: string
      /** Left out for a tag of the model. */
      readonly version?: number
      readonly key: string
    }
  | { readonly what: 'alias-moved'; readonly model: string; readonly alias: string; readonly version: number }
  | { readonly what: 'alias-removed'; readonly model: string; readonly alias: string }

export interface NewsStores {
  readonly registry: RegistryStore
  readonly webhooks: WebhookStore
}

/** Puts the news into the outbox of every webhook that wants it, in the transaction of the change. */
export async function announce(stores: NewsStores, news: RegistryNews, at: Micros): Promise<void> {
  const active = await stores.webhooks.activeWebhooks()
  if (active.length === 0) return
  const model = await stores.registry.findModelRecord(news.model)
  if (model === undefined) return
  const event = eventOf(news, model.kind)
  const wanted = active.filter(({ events }) =>
    events.some(each => each.entity === event?.entity && each.action === event.action),
  )
  if (event === undefined || wanted.length === 0) return
  const body = webhookBody(event, await dataOf(stores.registry, news, model), at)
  for (const { id } of wanted)
    await stores.webhooks.enqueue({ id: randomUUID(), webhook: id, body, createdAt: at, attempts: 0 })
}

/** Undefined for news that no event tells of: tags of models that are no prompts. */
function eventOf(news: RegistryNews, kind: ModelRecord['kind']): WebhookEvent | undefined {
  const entity = (model: WebhookEntity, prompt: WebhookEntity) => (kind === 'prompt' ? prompt : model)
  switch (news.what) {
    case 'model-created':
      return { entity: entity('registered_model', 'prompt'), action: 'created' }
    case 'version-created':
      return { entity: entity('model_version', 'prompt_version'), action: 'created' }
    case 'alias-moved':
      return { entity: entity('model_version_alias', 'prompt_alias'), action: 'created' }
    case 'alias-removed':
      return { entity: entity('model_version_alias', 'prompt_alias'), action: 'deleted' }
    case 'tag-set':
    case 'tag-removed': {
      const action = news.what === 'tag-set' ? 'set' : 'deleted'
      if (news.version !== undefined)
        return { entity: entity('model_version_tag', 'prompt_version_tag'), action }
      return kind === 'prompt' ? { entity: 'prompt_tag', action } : undefined
    }
  }
}

/** Tags that make a prompt of a model are no news. */
const promptMarks = new Set(['mlflow.prompt.is_prompt', '_mlflow_prompt_type', 'mlflow.prompt.text'])
const templateTag = 'mlflow.prompt.text'

async function dataOf(registry: RegistryStore, news: RegistryNews, model: ModelRecord): Promise<Json> {
  const { name } = model
  const shownTags = (tags: ModelRecord['tags']) =>
    model.kind === 'prompt'
      ? Object.fromEntries(Object.entries(tags).filter(([key]) => !promptMarks.has(key)))
      : tags
  switch (news.what) {
    case 'model-created':
      return { name, tags: shownTags(model.tags), description: model.description || null }
    case 'version-created': {
      const version = await registry.findVersionRecord(name, news.version)
      const { tags = {}, description = '', source = null, run = null } = version ?? {}
      const made =
        model.kind === 'prompt'
          ? { template: tags[templateTag] ?? '' }
          : { source: source ?? '', run_id: run }
      return {
        name,
        version: String(news.version),
        ...made,
        tags: shownTags(tags),
        description: description || null,
      }
    }
    case 'alias-moved':
      return { name, alias: news.alias, version: String(news.version) }
    case 'alias-removed':
      return { name, alias: news.alias }
    case 'tag-set':
    case 'tag-removed': {
      const { key, version } = news
      const of = version === undefined ? { name } : { name, version: String(version) }
      if (news.what === 'tag-removed') return { ...of, key }
      const tags =
        version === undefined ? model.tags : (await registry.findVersionRecord(name, version))?.tags
      return { ...of, key, value: tags?.[key] ?? '' }
    }
  }
}
