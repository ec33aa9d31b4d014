import {
  type DefinitionKind,
  type DefinitionRef,
  dependenciesOf,
  refOf,
  usersOf,
} from '../definitions/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Micros } from '../kernel/time.ts'
import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import { stateOf } from './catalog/lineage.ts'
import type { LiveFacts } from './catalog/model.ts'
import type { BuildRecord, CurrentDefinition, DefinitionStore } from './ports.ts'

/** Applied definitions as they are listed, shown one by one, and as a graph. */
export function createDefinitionList(store: DefinitionStore, live: () => Promise<LiveFacts>) {
  return {
    async listDefinitions(
      query: PageRequest & { readonly kind?: DefinitionKind; readonly q?: string },
    ): Promise<Page<ReturnType<typeof summary>>> {
      const words = (query.q ?? '')
        .toLowerCase()
        .split(/\s+/)
        .filter(word => word !== '')
      const found = (await store.listCurrent()).filter(
        each => (query.kind === undefined || each.kind === query.kind) && matches(each, words),
      )
      const after = query.cursor ?? ''
      const sorted = found.filter(each => each.ref > after).sort((a, b) => (a.ref < b.ref ? -1 : 1))
      const limit = query.limit ?? 50
      const last = sorted[limit - 1]
      return {
        items: sorted.slice(0, limit).map(summary),
        ...(sorted.length > limit && last ? { next: last.ref } : {}),
      }
    },

    async getDefinition(kind: DefinitionKind, name: string) {
      const all = await store.listCurrent()
      const ref: DefinitionRef = `${kind}:${name}`
      const found = all.find(each => each.ref === ref)
      if (!found)
        throw new FettleError('REFERENCE_UNKNOWN', `no ${kind} "${name}" is applied`, {
          hint: 'fettle catalog lists what is.',
        })
      const definitions = all.map(each => each.definition)
      return {
        ...summary(found),
        semanticHash: found.semanticHash,
        definition: found.definition as unknown as Json,
        versions: await store.listVersions(ref),
        dependsOn: dependenciesOf(found.definition),
        usedBy: usersOf(ref, definitions),
        facts: (await store.listBuilds(ref, 5)).flatMap(factsOf),
      }
    },

    async lineage(focus: string | undefined) {
      const all = await store.listCurrent()
      const facts = await live()
      const shown = focus === undefined ? undefined : neighbourhood(focus, all)
      const nodes = all
        .filter(each => shown === undefined || shown.has(each.ref))
        .map(each => ({
          id: each.ref,
          kind: each.kind,
          name: each.name,
          version: each.version,
          state: stateOf({ definition: each.ref }, facts),
        }))
      const here = new Set<string>(nodes.map(node => node.id))
      const edges = all
        .flatMap(each =>
          dependenciesOf(each.definition).map(from => ({
            from: from as string,
            to: refOf(each.definition) as string,
          })),
        )
        .filter(edge => here.has(edge.from) && here.has(edge.to))
      return { nodes, edges }
    },
  }
}

/** What a list says of a definition. */
export function summary(each: CurrentDefinition) {
  const { description, owner, tags } = each.definition
  return {
    kind: each.kind,
    name: each.name,
    version: each.version,
    description: description ?? '',
    owner: owner ?? null,
    tags: tags ?? [],
    appliedAt: each.appliedAt,
    location: each.location,
  }
}

function matches(each: CurrentDefinition, words: readonly string[]): boolean {
  const text = `${each.kind} ${each.name} ${JSON.stringify(each.definition)}`.toLowerCase()
  return words.every(word => text.includes(word))
}

/** Everything a node is made from and everything made from it. */
function neighbourhood(focus: string, all: readonly CurrentDefinition[]): ReadonlySet<string> {
  const definitions = all.map(each => each.definition)
  const shown = new Set<string>([focus, ...usersOf(focus as DefinitionRef, definitions)])
  const up = (ref: string): void => {
    const definition = all.find(each => each.ref === ref)?.definition
    for (const parent of definition ? dependenciesOf(definition) : []) {
      shown.add(parent)
      up(parent)
    }
  }
  up(focus)
  return shown
}

/** The numbers of a build that a person asks for first. */
function factsOf(build: BuildRecord): readonly { label: string; value: string; at: Micros | null }[] {
  const report = (
    typeof build.report === 'object' && build.report !== null && !Array.isArray(build.report)
      ? build.report
      : {}
  ) as Readonly<Record<string, Json | undefined>>
  const labels: readonly (readonly [string, string])[] = [
    ['id', 'training set'],
    ['rows', 'rows'],
    ['checksum', 'content checksum'],
    ['asOf', 'as of'],
    ['keys', 'keys online'],
    ['applied', 'rows applied'],
    ['bytes', 'bytes online'],
  ]
  return labels.flatMap(([key, label]) => {
    const value = report[key]
    return typeof value === 'string' || typeof value === 'number'
      ? [{ label, value: typeof value === 'number' ? value.toLocaleString('en') : value, at: build.at }]
      : []
  })
}
