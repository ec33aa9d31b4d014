import type { SearchHit } from '../../api/catalog.ts'
import type { Command, CommandContext } from '../context.ts'
import { everyDefinition, kindOf } from '../definition-ref.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { renderDefinition, renderDefinitions } from '../render/catalog.ts'
import { renderFacts, renderHits } from '../render/catalog-facts.ts'
import { suggesting } from '../suggest.ts'

export interface CatalogOptions {
  readonly search?: string
  readonly owner?: string
  readonly tag?: string
  readonly is?: SearchHit['marks'][number]
}

/** What is applied: all of it, what words and states pick out, or one definition with all that is known of it. */
export const run: Command<CatalogOptions> = async (context, options, noun, name) => {
  const kind = noun === undefined ? undefined : kindOf(noun)
  if (noun !== undefined && kind !== undefined && name !== undefined)
    return showOne(context, { noun, kind, name })
  const asked = [options.search, options.owner, options.tag, options.is]
  if (asked.some(each => each !== undefined)) return search(context, options, kind)
  const client = await context.client()
  const items = await everyDefinition(client, kind)
  context.result({ items }, () => renderDefinitions(items, context.io.now()))
  return exitCodes.done
}

async function search(
  context: CommandContext,
  { search: q, owner, tag, is }: CatalogOptions,
  kind: SearchHit['kind'] | undefined,
): Promise<ExitCode> {
  const client = await context.client()
  const items: SearchHit[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await client.api.search({ limit: 500, q, owner, tag, is, kind, cursor })
    items.push(...page.items)
    cursor = page.next
    if (cursor === undefined) break
  }
  context.result({ items }, () => renderHits(items))
  return exitCodes.done
}

async function showOne(
  context: CommandContext,
  { noun, kind, name }: { readonly noun: string; readonly kind: SearchHit['kind']; readonly name: string },
): Promise<ExitCode> {
  const client = await context.client()
  const definition = await suggesting(client.api.definition({ kind, name }), {
    code: 'REFERENCE_UNKNOWN',
    name,
    names: async () => (await client.api.definitions({ kind, limit: 500 })).items.map(each => each.name),
    noun: 'definitions',
    command: meant => `fettle catalog ${noun} ${meant}`,
  })
  const facts = await client.api.definitionFacts({ kind, name })
  const now = context.io.now()
  context.result(
    { ...definition, data: facts },
    () => `${renderDefinition(definition, now)}\n${renderFacts(facts, now)}`,
  )
  return exitCodes.done
}
