import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Definition, hashDefinitions, refOf, type SourceData } from '../../definitions/index.ts'
import { loadProject } from '../load-project.ts'
import type { BuildRecord, CurrentDefinition } from '../ports.ts'
import { classOf } from './classes.ts'
import { columnGraph, type ParsedSources } from './column-graph.ts'
import { liveDependants } from './dependants.ts'
import { impactOf } from './impact.ts'
import { columnLineage } from './lineage.ts'
import type { LiveFacts } from './model.ts'
import { leakDoubts } from './safety.ts'
import { pageOf, rank } from './search.ts'
import { usageOf } from './usage.ts'

const flights = join(dirname(fileURLToPath(import.meta.url)), '../../../examples/flights')
const { definitions } = await loadProject(flights)
const hashes = hashDefinitions(definitions)

const current = definitions.map((definition): CurrentDefinition => {
  const ref = refOf(definition)
  const { semantic = '', descriptive = '' } = hashes.get(ref) ?? {}
  return {
    ref,
    kind: definition.kind,
    name: definition.name,
    version: 3,
    definition,
    semanticHash: semantic,
    descriptiveHash: descriptive,
    appliedAt: 0n,
    by: 'local',
    location: null,
  }
})

const copied = (name: string, table: string) => ({ name, inputs: [{ table, column: name }], copied: true })
/** What the statements of the example say, as far as the tests ask. */
const parsed: ParsedSources = new Map([
  [
    'departed',
    {
      outputs: [
        ...['flight_id', 'origin', 'destination', 'delay', 'distance'].map(name =>
          copied(name, 'flights_file'),
        ),
        copied('zone', 'airports'),
        ...['local_minute', 'weekday', 'departed_at'].map(name => ({
          name,
          inputs: [{ table: 'flights_file', column: 'date' }],
          copied: name === 'departed_at',
        })),
      ],
      rows: [
        { table: 'flights_file', column: 'origin' },
        { table: 'airports', column: 'airport' },
      ],
    },
  ],
])
const graph = columnGraph(definitions, parsed)
const nothing: LiveFacts = { releases: [], versions: [] }
const serving: LiveFacts = {
  releases: [
    {
      deployment: 'late',
      number: 2,
      state: 'ready',
      model: 'late',
      modelVersion: 4,
      trainingSet: 'ds-1',
      views: [{ name: 'origin_landings', features: ['landed_3h'] }],
      entities: ['airport'],
      sources: ['landings'],
      onDemand: ['departure_moment'],
    },
  ],
  versions: [
    { model: 'late', version: 4, aliases: ['champion'], trainingSet: 'ds-1' },
    { model: 'late', version: 3, aliases: [], trainingSet: 'ds-0' },
  ],
}
const build = (id: string): BuildRecord => ({
  ref: 'trainingSet:late_flights',
  version: 3,
  id,
  report: {},
  pipelineRun: null,
  at: 0n,
})
const builds = [build('ds-1'), build('ds-0')]

describe('column lineage of the flights example', () => {
  const ids = (of: string, direction: 'up' | 'down') =>
    columnLineage(graph, { of, direction, facts: serving }).nodes.map(each => each.id)

  it('goes from a column of a file to the deployment that answers', () => {
    const down = ids('source:flights_file.date', 'down')
    expect(down).toEqual(
      expect.arrayContaining(['source:departed.local_minute', 'source:departed.departed_at']),
    )
    // What comes after is a statement that nobody has parsed here: every column may rest on it.
    expect(down).toContain('deployment:late')
  })

  it('goes from an on-demand output to the view features it reads', () => {
    const up = ids('onDemand:departure_moment.late_share_change', 'up')
    expect(up).toEqual(
      expect.arrayContaining([
        'featureView:origin_landings.late_share_3h',
        'featureView:route_landings.late_share_7d',
      ]),
    )
    expect(up).not.toContain('featureView:origin_landings.landed_3h')
  })

  it('names statements that cannot be followed, with the reason', () => {
    const { unknown } = columnLineage(graph, { of: 'source:flights.delay', direction: 'up', facts: nothing })
    expect(unknown).toContainEqual({
      definition: 'source:flights',
      reason: 'its statement has not been read',
    })
  })

  it('refuses what is not there with the nearest name', () => {
    expect(() => ids('source:flights_file.dalay', 'up')).toThrow(
      expect.objectContaining({ code: 'COLUMN_UNKNOWN', hint: 'Did you mean delay?' }),
    )
    expect(() => ids('source:flight', 'up')).toThrow(expect.objectContaining({ code: 'REFERENCE_UNKNOWN' }))
  })
})

describe('who uses what', () => {
  it('says unused of a column that leads nowhere, and live of what a release answers with', () => {
    expect(usageOf(graph, 'source:airports.name', serving).state).toBe('unused')
    expect(usageOf(graph, 'source:airports.zone', nothing).trainingSets).toContain('late_flights')
    expect(usageOf(graph, 'featureView:origin_landings.landed_3h', serving).live).toEqual(['late'])
    expect(usageOf(graph, 'featureView:origin_landings', nothing).state).toBe('collected')
    expect(
      usageOf(graph, 'featureView:origin_landings', { ...nothing, versions: serving.versions }).state,
    ).toBe('trained')
  })

  it('counts a release that still answers with a feature no set has any more', () => {
    const without = definitions.filter(each => !['trainingSet', 'model', 'deployment'].includes(each.kind))
    const usage = usageOf(columnGraph(without, parsed), 'featureView:origin_landings.landed_3h', serving)
    expect(usage).toMatchObject({ state: 'live', trainingSets: [], live: ['late'] })
  })
})

describe('impact and deletion', () => {
  it('lists versions in building order, refills, models and what answers', () => {
    const impact = impactOf({
      of: 'featureView:origin_landings.landed_3h',
      change: 'change',
      graph,
      current,
      facts: serving,
      builds,
    })
    expect(impact.definitions.map(each => each.ref)).toEqual([
      'featureView:origin_landings',
      'trainingSet:late_flights',
      'trainingSet:late_without_routes',
      'model:late',
      'deployment:late',
    ])
    expect(impact.definitions[0]?.version).toBe(4)
    expect(impact.models.map(each => each.version)).toEqual([4, 3])
    expect(impact.live.map(each => each.deployment)).toEqual(['late'])
  })

  it('says which of the new versions a column does not matter to', () => {
    const impact = impactOf({
      of: 'source:airports.name',
      change: 'change',
      graph,
      current,
      facts: serving,
      builds,
    })
    expect(impact.live).toEqual([])
    expect(impact.definitions.find(each => each.ref === 'source:departed')?.reason).toMatch(
      /nothing in it rests on name/,
    )
  })

  const remaining = definitions.filter(
    each => !['trainingSet', 'model', 'deployment'].includes(each.kind) && each.name !== 'origin_landings',
  )
  it('names the release and the trained versions that keep a view, even when the whole chain goes', () => {
    const sentences = liveDependants('featureView:origin_landings', {
      current: definitions,
      remaining,
      facts: serving,
      builds,
    })
    expect(sentences).toEqual([
      'release 2 of deployment "late" (ready) answers with it, by late v4',
      'late v4 (champion) was trained on late_flights (ds-1)',
    ])
  })

  it('lets the whole chain go when nothing answers, and a deployment by itself', () => {
    const idle = { current: definitions, remaining, facts: { ...serving, releases: [] }, builds }
    expect(liveDependants('featureView:origin_landings', idle)).toEqual([])
    expect(liveDependants('deployment:late', { ...idle, facts: serving })).toEqual([])
  })

  it('keeps a view that a set has left out, while a release answers with it', () => {
    const changed = definitions.map(
      (each): Definition =>
        each.kind === 'trainingSet'
          ? { ...each, lookups: each.lookups.filter(lookup => lookup.view !== 'origin_landings') }
          : each,
    )
    const standing = { current: changed, remaining: changed, facts: serving, builds: [] }
    expect(liveDependants('featureView:origin_landings', standing)).toEqual([
      'release 2 of deployment "late" (ready) answers with it, by late v4',
    ])
  })
})

describe('classes and leaks', () => {
  it('gives a derived column the highest class of its inputs', () => {
    const secret = definitions.map(
      (each): Definition =>
        each.kind === 'source' && each.name === 'flights_file'
          ? {
              ...each,
              columns: each.columns.map(column =>
                column.name === 'date' ? { ...column, pii: 'personal' as const } : column,
              ),
            }
          : each,
    )
    const classes = classOf(columnGraph(secret, parsed), secret)
    expect(classes('source:departed.local_minute')).toBe('personal')
    expect(classes('source:departed.delay')).toBeNull()
  })

  it('doubts what rests on a known time that nobody declared', () => {
    const assumed = definitions.map(
      (each): Definition =>
        each.kind === 'source' && each.name === 'flights'
          ? ({ ...each, knownAt: { kind: 'assumed' } } as SourceData)
          : each,
    )
    const set = assumed.find(each => each.kind === 'trainingSet')
    expect(set && leakDoubts(set, assumed)).toEqual([
      'source "flights" does not say when its rows are known: they count as known when they happen',
    ])
    expect(set && leakDoubts(set, definitions)).toEqual([])
  })
})

describe('search', () => {
  const names = (query: string) => rank(current, query).map(each => each.record.ref)

  it('puts a name before a column before a description, and wants every word', () => {
    expect(names('airport')[0]).toBe('entity:airport')
    expect(names('late_share_7d')).toEqual(['featureView:route_landings'])
    expect(rank(current, 'busy airport').map(each => each.record.name)).toEqual(['origin_departures'])
    expect(names('nowhere airport')).toEqual([])
  })

  it('pages through everything once, in order, whatever the size of a page', () => {
    const all = rank(current, 'a')
    for (const limit of [1, 2, 5, 100]) {
      const seen: string[] = []
      for (let cursor: string | undefined; ; ) {
        const page = pageOf(all, { limit, ...(cursor === undefined ? {} : { cursor }) })
        seen.push(...page.items.map(each => each.record.ref))
        cursor = page.next
        if (cursor === undefined) break
      }
      expect(seen).toEqual(all.map(each => each.record.ref))
    }
  })
})
