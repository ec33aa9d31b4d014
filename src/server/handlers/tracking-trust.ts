import { FettleError } from '../../kernel/errors/index.ts'
import {
  type AliasRequests,
  cardHtml,
  cardMarkdown,
  type ModelCards,
  type SigningService,
} from '../../registry/index.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import { aliasRequestToWire, aliasRuleToWire, cardToWire, verificationToWire } from '../map/tracking-trust.ts'
import type { Handlers } from '../route-handlers.ts'
import { versionOf } from './tracking-models.ts'

type TrustRoutes =
  | 'versionSignature'
  | 'signVersion'
  | 'signatureBundle'
  | 'modelCard'
  | 'modelCardText'
  | 'writeModelCard'

type RequestRoutes =
  | 'aliasRules'
  | 'protectAlias'
  | 'unprotectAlias'
  | 'aliasRequests'
  | 'aliasRequest'
  | 'requestAlias'
  | 'decideAliasRequest'
  | 'withdrawAliasRequest'

export function trustHandlers({
  signing,
  cards,
}: {
  readonly signing: SigningService
  readonly cards: ModelCards
}): Pick<Handlers, TrustRoutes> {
  return {
    versionSignature: async ({ params, query }) =>
      verificationToWire(await signing.verify(versionOf(params), { bytes: query.bytes === 'true' })),
    signVersion: async ({ params, principal }) => {
      await signing.sign(versionOf(params), principal)
      return verificationToWire(await signing.verify(versionOf(params)))
    },
    signatureBundle: async ({ params, query: { kind = 'signature' } }) => {
      const bundle = await signing.bundleOf(versionOf(params), kind)
      if (bundle === undefined)
        throw new FettleError(
          'MODEL_UNSIGNED',
          `version ${params.version} of "${params.name}" has no ${kind}`,
        )
      return { bundle, publicKey: signing.publicKey }
    },
    modelCard: async ({ params }) => cardToWire(await cards.get(versionOf(params))),
    modelCardText: async ({ params }) => {
      const render = { md: cardMarkdown, html: cardHtml }[params.format]
      if (render === undefined)
        throw new FettleError('BAD_REQUEST', `a card is written as md or html, not "${params.format}"`)
      return { text: render(await cards.get(versionOf(params))) }
    },
    writeModelCard: async ({ params, body, principal }) =>
      cardToWire(await cards.write(versionOf(params), { field: params.field, text: body.text }, principal)),
  }
}

export function aliasRequestHandlers({
  aliasRequests,
}: {
  readonly aliasRequests: AliasRequests
}): Pick<Handlers, RequestRoutes> {
  const rules = async (model: string) => ({ items: (await aliasRequests.rules(model)).map(aliasRuleToWire) })
  return {
    aliasRules: ({ params }) => rules(params.name),
    protectAlias: async ({ params, body, principal }) => {
      await aliasRequests.protect(params.name, { ...body, alias: params.alias }, principal)
      return rules(params.name)
    },
    unprotectAlias: async ({ params, principal }) => {
      await aliasRequests.unprotect({ model: params.name, alias: params.alias }, principal)
      return {}
    },
    aliasRequests: async ({ query }) =>
      pageToWire(await aliasRequests.list(withoutUndefined(query)), aliasRequestToWire),
    aliasRequest: async ({ params }) => aliasRequestToWire(await aliasRequests.get(params.id)),
    requestAlias: async ({ params, body: { alias, version, reason = '' }, principal }) =>
      aliasRequestToWire(
        await aliasRequests.request({ model: params.name, alias, version, reason }, principal),
      ),
    decideAliasRequest: async ({ params, body: { verdict, reason = '', seconds = null }, principal }) =>
      aliasRequestToWire(await aliasRequests.decide(params.id, { verdict, reason, seconds }, principal)),
    withdrawAliasRequest: async ({ params, body: { reason = '' }, principal }) =>
      aliasRequestToWire(await aliasRequests.withdraw(params.id, reason, principal)),
  }
}
