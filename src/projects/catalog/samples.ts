import type { DefinitionKind, DefinitionRef, SourceData } from '../../definitions/index.ts'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, parseTimestamp } from '../../kernel/time.ts'
import type { Field } from '../../kernel/values/index.ts'
import { applied, viewsClosure } from '../closures.ts'
import { classOf, type DataClass } from './classes.ts'
import type { Loaded } from './loaded.ts'
import type { TextRows } from './ports.ts'
import type { CatalogDependencies } from './service.ts'

export interface SampleRequest {
  readonly kind: DefinitionKind
  readonly name: string
  /** Of a view: RFC 3339; the project's now when left out. */
  readonly asOf?: string
  /** Of a view: whose features. */
  readonly keys?: readonly Readonly<Record<string, Json>>[]
  /** At most 20, the default. */
  readonly limit?: number
}

export interface SampleRows {
  readonly of: string
  readonly asOf: string | null
  readonly contentVersion: string | null
  readonly columns: readonly (Field & { readonly masked: boolean })[]
  readonly hidden: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
  readonly basis: string
}

export interface CatalogContext extends CatalogDependencies {
  load(options: { readonly columns: boolean }): Promise<Loaded>
  directory(): Promise<string>
}

/** Stands for a value of a person. */
export const maskedValue = '•••'

const mostRows = 20
const mostCached = 64

/** A few rows of what there is, masked by class. What has a version is read once. */
export function createSampler(context: CatalogContext) {
  const cache = new Map<string, SampleRows>()

  return {
    /** Throws REFERENCE_UNKNOWN, BAD_PARAMETER, DEADLINE, and what reading throws. */
    async sampleRows(request: SampleRequest): Promise<SampleRows> {
      const loaded = await context.load({ columns: true })
      const ref: DefinitionRef = `${request.kind}:${request.name}`
      const found = loaded.current.find(each => each.ref === ref)
      if (!found)
        throw new FettleError('REFERENCE_UNKNOWN', `${ref} is not applied`, {
          hint: 'fettle catalog lists what is.',
        })
      const prepared = await prepare(request, loaded)
      const key =
        prepared.version === null
          ? null
          : contentHash({
              ref,
              hash: found.semanticHash,
              ...request,
              version: prepared.version,
              at: prepared.asOf,
            })
      const before = key === null ? undefined : cache.get(key)
      if (before) return before
      const rows = masked(ref, { loaded, prepared, read: await prepared.read() })
      if (key !== null) remember(cache, key, rows)
      return rows
    },
  }

  async function prepare(request: SampleRequest, loaded: Loaded): Promise<Prepared> {
    switch (request.kind) {
      case 'source':
        return prepareSource(request, loaded)
      case 'featureView':
        return prepareView(request, loaded)
      case 'trainingSet':
        return prepareSet(request, loaded)
      default:
        throw new FettleError('BAD_PARAMETER', `a ${request.kind} has no rows to show`, {
          hint: 'Sources, feature views and training sets have.',
        })
    }
  }

  async function prepareSource({ name, limit = mostRows }: SampleRequest, loaded: Loaded): Promise<Prepared> {
    const sources = sourcesBelow(loaded, `source:${name}`)
    const fields = sources.find(each => each.name === name)?.columns ?? []
    const classes = classesOf(`source:${name}`, loaded)
    const columns = fields.filter(each => classes(each.name) === null).map(each => each.name)
    const directory = await context.directory()
    return {
      fields,
      classes,
      asOf: null,
      version: (await context.sources(sources, directory)).get(name)?.version ?? null,
      basis: 'a few rows, in the order they were read',
      read: () => context.preview.source({ sources, source: name, columns, limit, directory }),
    }
  }

  async function prepareView(
    { name, limit = mostRows, keys, asOf }: SampleRequest,
    loaded: Loaded,
  ): Promise<Prepared> {
    const project = applied(loaded.current)
    const closure = viewsClosure(project, [name])
    const view = project.get('featureView', name)
    const entity = closure.entities.find(each => each.name === view.entity)
    const instant = asOfText(asOf, context)
    const ofFeature = classesOf(`featureView:${name}`, loaded)
    const ofColumn = classesOf(`source:${view.source}`, loaded)
    const keyClasses = new Map(
      (entity?.key ?? []).map((key, index) => [key.name, key.pii ?? ofColumn(view.keys[index] ?? '')]),
    )
    const classes = (column: string) => keyClasses.get(column) ?? ofFeature(column)
    const features = view.features.map(each => each.name).filter(feature => classes(feature) === null)
    const directory = await context.directory()
    return {
      fields: [...(entity?.key ?? []), ...view.features],
      classes,
      asOf: instant,
      version: (await context.sources(closure.sources, directory)).get(view.source)?.version ?? null,
      basis: keys ? 'the keys asked for' : 'the first keys of its source',
      read: () =>
        context.preview.view({
          ...{ closure, view: name, features, limit, directory },
          asOf: instant,
          keys: keys?.slice(0, limit) ?? null,
        }),
    }
  }

  async function prepareSet({ name, limit = mostRows }: SampleRequest, loaded: Loaded): Promise<Prepared> {
    const [build] = await context.records.list(name)
    const [file] = build?.manifest.files ?? []
    const path = file && (await context.storedFile(file.sha256))
    if (!build || path === undefined)
      throw new FettleError('TRAINING_SET_UNKNOWN', `no build of training set "${name}" is stored`, {
        hint: `Build it: fettle training-sets build ${name}`,
      })
    const classes = classesOf(`trainingSet:${name}`, loaded)
    const { columns, id, asOf } = build.manifest
    const fields = columns.map(column => ({ name: column.name, type: column.type }))
    const shown = fields.filter(each => classes(each.name) === null)
    return {
      fields,
      classes,
      asOf,
      version: id,
      basis: `the first rows of ${name}@v${build.number} (${id})`,
      read: () => context.preview.stored({ path, fields: shown, limit }),
    }
  }
}

interface Prepared {
  /** Every column there is. */
  readonly fields: readonly Field[]
  classes(column: string): DataClass | null
  readonly asOf: string | null
  readonly version: string | null
  readonly basis: string
  read(): Promise<TextRows>
}

/** All columns in their order: what was read, personal ones masked, sensitive ones left out. */
function masked(
  of: string,
  { prepared, read }: { readonly loaded: Loaded; readonly prepared: Prepared; readonly read: TextRows },
): SampleRows {
  const { fields, classes, asOf, version, basis } = prepared
  const shown = fields.filter(each => classes(each.name) !== 'sensitive')
  const places = shown.map(({ name }) =>
    classes(name) === null ? read.fields.findIndex(field => field.name === name) : -1,
  )
  return {
    of,
    asOf,
    contentVersion: version,
    columns: shown.map(({ name, type }) => ({ name, type, masked: classes(name) !== null })),
    hidden: fields.filter(each => !shown.includes(each)).map(each => each.name),
    rows: read.rows.map(row => places.map(place => (place < 0 ? maskedValue : (row[place] ?? null)))),
    basis,
  }
}

function classesOf(ref: DefinitionRef, { graph, definitions }: Loaded): (column: string) => DataClass | null {
  const classes = classOf(graph, definitions)
  return column => classes(`${ref}.${column}`)
}

export function sourcesBelow({ current }: Loaded, ref: DefinitionRef): readonly SourceData[] {
  return applied(current)
    .below(ref)
    .filter(each => each.kind === 'source')
}

function asOfText(asOf: string | undefined, { now }: CatalogContext): string {
  if (asOf === undefined) return formatTimestamp(now())
  const instant = parseTimestamp(asOf)
  if (instant !== undefined && instant !== null) return formatTimestamp(instant)
  throw new FettleError('BAD_PARAMETER', `asOf: "${asOf}" is no instant`, {
    hint: 'Write it as RFC 3339 with its zone: 2001-05-04T17:00:00Z',
  })
}

function remember(cache: Map<string, SampleRows>, key: string, rows: SampleRows): void {
  cache.set(key, rows)
  const [oldest] = cache.keys()
  if (cache.size > mostCached && oldest !== undefined) cache.delete(oldest)
}
