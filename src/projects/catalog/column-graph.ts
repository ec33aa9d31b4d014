import {
  type Definition,
  type DefinitionRef,
  definitionKinds,
  dependenciesOf,
  type FeatureData,
  type FeatureViewData,
  featureColumnName,
  type LookupData,
  type OnDemandData,
  refOf,
  type SourceData,
  type TrainingSetData,
} from '../../definitions/index.ts'
import type { ColumnEdge, ColumnGraph, ColumnNode } from './model.ts'
import type { SqlColumns } from './sql-columns.ts'

/** What a SQL source's statement says; undefined where nobody has parsed it. */
export type ParsedSources = ReadonlyMap<string, SqlColumns>

interface Building {
  readonly definitions: readonly Definition[]
  readonly nodes: Map<string, ColumnNode>
  readonly edges: ColumnEdge[]
  readonly unknown: { definition: DefinitionRef; reason: string }[]
}

/**
 * Every column, feature and input of a project, and what each rests on. A definition as a whole stands for its rows: what
 * decides which rows there are leads to it, and it leads to all of its columns.
 */
export function columnGraph(definitions: readonly Definition[], parsed: ParsedSources): ColumnGraph {
  const building: Building = { definitions, nodes: new Map(), edges: [], unknown: [] }
  const ordered = definitionKinds.flatMap(kind => definitions.filter(each => each.kind === kind))
  for (const definition of ordered) {
    whole(building, refOf(definition))
    switch (definition.kind) {
      case 'entity':
        break
      case 'source':
        addSource(building, definition, parsed.get(definition.name))
        break
      case 'featureView':
        addView(building, definition)
        break
      case 'onDemand':
        for (const { name, type } of definition.outputs) member(building, refOf(definition), { name, type })
        break
      case 'trainingSet':
        addTrainingSet(building, definition)
        break
      case 'model':
        addModel(building, definition)
        break
      case 'deployment':
        rows(building, `model:${definition.model}`, refOf(definition), 'served')
        break
      case 'batch':
        for (const from of dependenciesOf(definition)) rows(building, from, refOf(definition), 'scored')
        break
    }
  }
  addModelInputs(building)
  return {
    nodes: building.nodes,
    edges: building.edges.filter(({ from, to }) => building.nodes.has(from) && building.nodes.has(to)),
    unknown: building.unknown,
  }
}

export function columnId(ref: DefinitionRef, column: string): string {
  return `${ref}.${column}`
}

function whole({ nodes }: Building, ref: DefinitionRef): void {
  nodes.set(ref, { id: ref, definition: ref, column: null, type: null })
}

function member(
  { nodes, edges }: Building,
  ref: DefinitionRef,
  { name, type }: { readonly name: string; readonly type: string | null },
): void {
  const id = columnId(ref, name)
  if (nodes.has(id)) return
  nodes.set(id, { id, definition: ref, column: name, type })
  edges.push({ from: ref, to: id, how: 'rows', decides: 'rows' })
}

function value({ edges }: Building, from: string, to: string, how: string): void {
  edges.push({ from, to, how, decides: 'value' })
}

function rows({ edges }: Building, from: string, to: string, how: string): void {
  edges.push({ from, to, how, decides: 'rows' })
}

function addSource(building: Building, source: SourceData, parsed: SqlColumns | undefined): void {
  const ref = refOf(source)
  for (const column of source.columns) member(building, ref, column)
  if (typeof source.zone === 'object')
    for (const { name, type } of source.columns)
      if (type === 'timestamp')
        value(building, columnId(ref, source.zone.column), columnId(ref, name), 'zone')
  const { eventTime, deleted, knownAt } = source
  if (eventTime !== null) rows(building, columnId(ref, eventTime), ref, 'event time')
  if (knownAt.kind === 'column') rows(building, columnId(ref, knownAt.column), ref, 'known time')
  if (deleted !== undefined) rows(building, columnId(ref, deleted), ref, 'tombstone')
  if (source.from.kind !== 'sql') return
  const read = source.from.parts.flatMap(part => (typeof part === 'string' ? [] : [part.source]))
  for (const name of read) rows(building, `source:${name}`, ref, 'rows')
  const columns = parsed ?? { unknown: 'its statement has not been read' }
  if ('unknown' in columns) notFollowed(building, { source, read, reason: columns.unknown })
  else addSqlColumns(building, source, columns)
}

function addSqlColumns(
  building: Building,
  source: SourceData,
  { outputs, rows: deciding }: Extract<SqlColumns, { outputs: unknown }>,
): void {
  const ref = refOf(source)
  for (const { table, column } of deciding)
    rows(building, columnId(`source:${table}`, column), ref, 'decides rows')
  for (const { name } of source.columns) {
    const output = outputs.find(each => each.name.toLowerCase() === name.toLowerCase())
    if (!output)
      building.unknown.push({ definition: ref, reason: `no part of its statement is named "${name}"` })
    for (const { table, column } of output?.inputs ?? [])
      value(
        building,
        columnId(`source:${table}`, column),
        columnId(ref, name),
        output?.copied ? 'copied' : 'computed',
      )
  }
}

/** Where the statement cannot be followed, every column may rest on every column that it reads. */
function notFollowed(
  building: Building,
  { source, read, reason }: { source: SourceData; read: readonly string[]; reason: string },
): void {
  const ref = refOf(source)
  building.unknown.push({ definition: ref, reason })
  for (const each of building.definitions)
    if (each.kind === 'source' && read.includes(each.name))
      for (const { name } of each.columns) value(building, columnId(refOf(each), name), ref, 'may be used')
  for (const { name } of source.columns) value(building, ref, columnId(ref, name), 'may be used')
}

function addView(building: Building, view: FeatureViewData): void {
  const ref = refOf(view)
  const source: DefinitionRef = `source:${view.source}`
  rows(building, source, ref, 'rows')
  if (view.entity !== null) rows(building, `entity:${view.entity}`, ref, 'key')
  for (const key of view.keys) rows(building, columnId(source, key), ref, 'key')
  for (const feature of view.features) {
    const id = columnId(ref, feature.name)
    member(building, ref, feature)
    const how = meaningOf(feature)
    value(building, feature.column === undefined ? source : columnId(source, feature.column), id, how)
    if (feature.kind === 'window' && feature.where)
      value(building, columnId(source, feature.where.column), id, 'condition')
  }
}

/** `latest delay`, `mean of delay over 24h`. */
export function meaningOf(feature: FeatureData): string {
  if (feature.kind === 'lookup') return `latest ${feature.column}`
  const { op, column, window, where } = feature
  const of = column === undefined ? '' : ` of ${column}`
  const over = window === 'all' ? 'ever' : `over ${window}`
  return `${op.replaceAll('_', ' ')}${of} ${over}${where ? ` where ${where.column} ${where.op} ${String(where.value)}` : ''}`
}

function addTrainingSet(building: Building, set: TrainingSetData): void {
  const ref = refOf(set)
  const spine: DefinitionRef = `source:${set.spine.source}`
  rows(building, spine, ref, 'spine')
  rows(building, columnId(spine, set.spine.time), ref, 'time')
  for (const { column } of set.spine.where ?? []) rows(building, columnId(spine, column), ref, 'filter')
  for (const name of new Set([...set.columns, ...set.request])) {
    member(building, ref, { name, type: typeOf(building, columnId(spine, name)) })
    value(building, columnId(spine, name), columnId(ref, name), 'copied')
  }
  for (const lookup of set.lookups) addLookup(building, set, lookup)
  for (const each of building.definitions)
    if (each.kind === 'onDemand' && set.onDemand.includes(each.name)) addOnDemand(building, set, each)
  addLabel(building, set)
}

function addLookup(building: Building, set: TrainingSetData, lookup: LookupData): void {
  const ref = refOf(set)
  for (const feature of lookup.features) {
    const from = columnId(`featureView:${lookup.view}`, feature)
    const name = featureColumnName(lookup, feature, set.fullNames)
    member(building, ref, { name, type: typeOf(building, from) })
    value(building, from, columnId(ref, name), 'as known then')
    for (const key of lookup.keys)
      rows(building, columnId(`source:${set.spine.source}`, key), columnId(ref, name), 'key')
  }
}

function addOnDemand(building: Building, set: TrainingSetData, onDemand: OnDemandData): void {
  const [ref, own] = [refOf(set), refOf(onDemand)]
  for (const output of onDemand.outputs) {
    member(building, ref, output)
    value(building, columnId(own, output.name), columnId(ref, output.name), 'computed on demand')
    for (const input of onDemand.inputs) {
      const view =
        input.from === 'feature' ? set.lookups.find(each => each.as === input.lookup)?.view : undefined
      const from =
        input.from === 'request'
          ? columnId(`source:${set.spine.source}`, input.name)
          : columnId(`featureView:${view ?? input.lookup}`, input.feature)
      value(building, from, columnId(own, output.name), `computed by ${onDemand.name}`)
    }
  }
}

function addLabel(building: Building, set: TrainingSetData): void {
  const { label } = set
  const id = columnId(refOf(set), label.name)
  member(building, refOf(set), { name: label.name, type: null })
  if (label.kind === 'column') {
    value(building, columnId(`source:${set.spine.source}`, label.column), id, 'label')
    return
  }
  const source: DefinitionRef = `source:${label.source}`
  value(building, label.column === undefined ? source : columnId(source, label.column), id, 'label')
  for (const key of label.keys) rows(building, columnId(source, key.source), id, 'key')
}

function addModel(building: Building, { name, trainingSet }: Extract<Definition, { kind: 'model' }>): void {
  const set = building.definitions.find(each => each.kind === 'trainingSet' && each.name === trainingSet)
  rows(building, `trainingSet:${trainingSet}`, `model:${name}`, 'rows')
  if (set?.kind === 'trainingSet')
    value(building, columnId(refOf(set), set.label.name), `model:${name}`, 'label')
}

/** Inputs of models: looked-up features, on-demand outputs and request fields of their training set. */
function addModelInputs(building: Building): void {
  const all = building.definitions
  for (const model of all) {
    if (model.kind !== 'model') continue
    const set = all.find(each => each.kind === 'trainingSet' && each.name === model.trainingSet)
    if (set?.kind !== 'trainingSet') continue
    const [ref, from] = [refOf(model), refOf(set)]
    for (const name of inputsOf(building, set)) {
      member(building, ref, { name, type: typeOf(building, columnId(from, name)) })
      value(building, columnId(from, name), columnId(ref, name), 'model input')
      for (const each of all)
        if (each.kind === 'deployment' && each.model === model.name)
          value(building, columnId(ref, name), refOf(each), 'served')
    }
  }
}

function inputsOf({ definitions }: Building, set: TrainingSetData): readonly string[] {
  const looked = set.lookups.flatMap(lookup =>
    lookup.features.map(feature => featureColumnName(lookup, feature, set.fullNames)),
  )
  const computed = definitions.flatMap(each =>
    each.kind === 'onDemand' && set.onDemand.includes(each.name) ? each.outputs.map(({ name }) => name) : [],
  )
  return [...new Set([...looked, ...computed, ...set.request])]
}

/** Definitions come dependencies of kinds first, so what a column is copied from is there. */
function typeOf({ nodes }: Building, id: string): string | null {
  return nodes.get(id)?.type ?? null
}
