import type { RouteResponse } from '../../../api/routes.ts'

export type DefinitionFacts = RouteResponse<'definitionFacts'>
export type ViewFacts = NonNullable<DefinitionFacts['view']>
export type SourceFacts = NonNullable<DefinitionFacts['source']>
export type Build = NonNullable<DefinitionFacts['builds']>[number]
