import { FettleError } from '../../../kernel/errors/index.ts'
import type { Directive, Document, GraphqlArguments, GraphqlValue, Operation, Selection } from './parse.ts'
import { graphqlTypes, type RootField, rootFields, wireName } from './schema.ts'

type Json = Readonly<Record<string, unknown>>

export interface GraphqlCalls {
  /** The wire answer of a call, or its refusal under `apiError`. */
  ask(field: RootField, input: Json): Promise<Json>
}

export interface GraphqlRequest {
  readonly document: Document
  readonly operationName?: string
  readonly variables: Json
}

/** Fields one query may ask for in all: fragments that name themselves end here too. */
const maxFields = 1000
const maxDepth = 10
const maxRootFields = 10

/** The data of the operation. Throws BAD_REQUEST for what the schema does not have, or too much at once. */
export async function executeGraphql(request: GraphqlRequest, calls: GraphqlCalls): Promise<Json> {
  const operation = operationOf(request)
  const variables = variablesOf(operation, request.variables)
  const select = selector(request.document, variables)
  const asked = select.fields(operation.selections, 'Query', 1)
  if (asked.length > maxRootFields)
    throw new FettleError('BAD_REQUEST', `a query may ask at most ${maxRootFields} questions`)
  const data: Record<string, unknown> = {}
  for (const { key, name, arguments: sent, selections } of asked) {
    if (name === '__typename') {
      data[key] = 'Query'
      continue
    }
    const root = Object.hasOwn(rootFields, name) ? rootFields[name] : undefined
    if (root === undefined) throw unknownField(name, 'Query')
    data[key] = await objectOf({
      value: await calls.ask(root, inputOf(sent, variables)),
      type: root.type,
      selections,
      context: { select, calls },
      depth: 2,
    })
  }
  return data
}

function operationOf({ document, operationName }: GraphqlRequest): Operation {
  const { operations } = document
  const found =
    operationName === undefined ? operations[0] : operations.find(({ name }) => name === operationName)
  if (found === undefined || (operationName === undefined && operations.length > 1))
    throw new FettleError('BAD_REQUEST', 'operationName must name one of the operations of the query')
  return found
}

function variablesOf({ defaults }: Operation, given: Json): Json {
  const initial = [...defaults].map(([name, value]) => [name, valueIn(value, {})] as const)
  return { ...Object.fromEntries(initial), ...given }
}

function valueIn(value: GraphqlValue, variables: Json): unknown {
  switch (value.kind) {
    case 'variable':
      return variables[value.name] ?? null
    case 'literal':
      return value.value
    case 'list':
      return value.items.map(item => valueIn(item, variables))
    case 'object':
      return Object.fromEntries([...value.fields].map(([key, field]) => [key, valueIn(field, variables)]))
  }
}

function inputOf(sent: GraphqlArguments, variables: Json): Json {
  const input = sent.get('input')
  const value = input === undefined ? {} : valueIn(input, variables)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FettleError('BAD_REQUEST', 'the argument input must be an object')
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [wireName(key), field]))
}

type FieldSelection = Extract<Selection, { kind: 'field' }>

interface Selector {
  fields(selections: readonly Selection[], type: string, depth: number): FieldSelection[]
}

/** Selections with their fragments put in and what is skipped left out. */
function selector({ fragments }: Document, variables: Json): Selector {
  let count = 0
  const taken = (directives: readonly Directive[]): boolean =>
    directives.every(({ name, arguments: sent }) => {
      const condition = sent.get('if')
      const holds = condition === undefined || valueIn(condition, variables) === true
      return name === 'include' ? holds : name === 'skip' ? !holds : true
    })
  const fields = (selections: readonly Selection[], type: string, depth: number): FieldSelection[] => {
    if (depth > maxDepth)
      throw new FettleError('BAD_REQUEST', `a query may be nested at most ${maxDepth} deep`)
    return selections.flatMap(selection => {
      if (++count > maxFields)
        throw new FettleError('BAD_REQUEST', `a query may ask for at most ${maxFields} fields`)
      if (!taken(selection.directives)) return []
      if (selection.kind === 'field') return [selection]
      const part = selection.kind === 'inline' ? selection : fragments.get(selection.fragment)
      if (part === undefined)
        throw new FettleError('BAD_REQUEST', 'the query spreads a fragment it does not define')
      return fits(part.on, type) ? fields(part.selections, type, depth) : []
    })
  }
  return { fields }
}

/** Pages name the type that is extended, or its extension. */
function fits(on: string | undefined, type: string): boolean {
  return on === undefined || on === type || `${on}Extension` === type
}

interface Context {
  readonly select: Selector
  readonly calls: GraphqlCalls
}

interface Projection {
  readonly value: Json
  readonly type: string
  readonly selections: readonly Selection[]
  readonly context: Context
  readonly depth: number
}

async function objectOf({ value, type, selections, context, depth }: Projection): Promise<Json> {
  const object: Record<string, unknown> = {}
  for (const field of context.select.fields(selections, type, depth)) {
    if (field.name === '__typename') {
      object[field.key] = type
      continue
    }
    const kind = graphqlTypes[type]?.[field.name]
    if (kind === undefined) throw unknownField(field.name, type)
    const found = await fieldValue(value, type, { name: field.name, context })
    if (typeof kind === 'string') object[field.key] = written(kind, found)
    else {
      const part = (each: unknown): Promise<Json> =>
        objectOf({
          value: each as Json,
          type: kind.type,
          selections: field.selections,
          context,
          depth: depth + 1,
        })
      if (!kind.list) object[field.key] = found === undefined ? null : await part(found)
      else {
        const items: Json[] = []
        for (const each of (found ?? []) as readonly unknown[]) items.push(await part(each))
        object[field.key] = items
      }
    }
  }
  return object
}

async function fieldValue(
  value: Json,
  type: string,
  { name, context }: { readonly name: string; readonly context: Context },
): Promise<unknown> {
  if (type === 'MlflowRunExtension' && (name === 'experiment' || name === 'modelVersions'))
    return relatedToRun(value['info'] as Json, name, context.calls)
  return value[name === 'apiError' ? name : wireName(name)]
}

async function relatedToRun(
  info: Json,
  name: 'experiment' | 'modelVersions',
  calls: GraphqlCalls,
): Promise<unknown> {
  if (name === 'experiment') {
    const answer = await calls.ask(
      { route: 'getExperiment', type: 'MlflowGetExperimentResponse' },
      { experiment_id: info['experiment_id'] },
    )
    return answer['experiment']
  }
  const answer = await calls.ask(
    { route: 'searchVersions', type: 'MlflowSearchModelVersionsResponse' },
    { filter: `run_id='${String(info['run_id'])}'` },
  )
  return answer['model_versions']
}

function written(kind: 'plain' | 'long' | 'double', value: unknown): unknown {
  if (value === undefined) return null
  if (kind === 'long') return String(value)
  return kind === 'double' && value === 'NaN' ? null : value
}

function unknownField(name: string, type: string): FettleError {
  return new FettleError('BAD_REQUEST', `Cannot query field '${name}' on type '${type}'.`)
}
